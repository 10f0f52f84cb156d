import type { Drill } from '../contract.ts'
import { hop, hopsOf, judgeHop } from '../upgrade.ts'

/** S09: back to an older release, with the bars of an upgrade. */
export const downgrade: Drill = {
  id: 'S09',
  name: 'downgrade',
  does: 'downgrades Cilium, release after release, graceful restart on',
  needs: { gracefulRestart: 'on', cilium: '1.20.2' },
  uses: ['delay', 'maxUnavailable', 'to'],
  losesNoProbe: true,
  source: 'Cilium upgrade guide: rolling back',
  defaults: { to: '1.19.7' },
  seconds: 40,
  accepts: (terms) => void hopsOf(terms, 'down'),
  async run(stage) {
    let from = stage.version
    for (const to of hopsOf(stage, 'down')) {
      judgeHop(stage, await hop(stage, from, to, { preflight: true, delay: () => stage.parameters.delay }))
      from = to
    }
  },
}
