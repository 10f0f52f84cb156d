import { holds, none, same, seconds } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { difference, peerOf, routeLines } from '../facts.ts'
import { sameRoutes } from '../judge-restart.ts'

/** S14: a link fails for less than the hold time: BGP sees nothing, and that is the trouble. */
export const shortCut: Drill = {
  id: 'S14',
  name: 'short-cut',
  does: 'drops the packets of one node for less than the hold time',
  needs: { gracefulRestart: 'any', abilities: ['cut'] },
  uses: ['node', 'span'],
  source: 'indirect link failure',
  // TCP repeats a lost KEEPALIVE after 25.4 s at the latest, and the one before may be 15 s old.
  defaults: { holdTime: 45e6, span: 15e6 },
  seconds: 60,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, node, parameters } = stage
  const before = routeLines(router.observer)
  const session = peerOf(router.observer, node)?.established?.session
  const window = router.window(`link of ${node}`)
  const span = Math.min(parameters.span, parameters.holdTime / 3)
  const restored = stage.undo(`link of ${node} restored`, async () => void (await cluster.cut(node, false)))
  let dropped = 0
  await stage.step(`the link of ${node} is cut for ${seconds(span)}`, async () => {
    await cluster.cut(node, true)
    await stage.pause(span)
    dropped = await cluster.cut(node, false)
    restored()
  })
  await stage.step('a hold time passes', () => stage.pause(parameters.holdTime - span + 2e6))
  await window.close()

  const kind = { source: 'S14: a loss shorter than the hold time is none for BGP', node }
  stage.bar(
    holds(
      { node, name: 'packets were dropped', source: 'S14: without a loss nothing was tried' },
      'at least one',
      String(dropped),
      dropped > 0,
    ),
    none({ ...kind, name: 'no session ends' }, window.flaps(), ({ node, cause }) => `${node} ${cause.kind}`),
    none({ ...kind, name: 'no route is withdrawn' }, window.withdrawals(), ({ prefix }) => prefix),
    none(
      { ...kind, name: 'no NOTIFICATION' },
      window.notifications(),
      (seen) => `${seen.code}/${seen.subcode}`,
    ),
    same(
      { ...kind, name: 'it is the same session' },
      String(session),
      String(peerOf(router.observer, node)?.established?.session),
    ),
    sameRoutes(before, difference(before, routeLines(router.observer)), 'S14'),
  )
  stage.note(`black hole while Established: ${seconds(span)}, of which BGP told nothing; only probes would`)
}
