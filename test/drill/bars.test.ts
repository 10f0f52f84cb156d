// Every bar of every drill is there because it can fail: each has a fault on a simulated lab that makes it fail.
import { expect, test } from 'vitest'
import { DRILLS } from '../../src/drill/table.ts'
import { barsThat, simulate } from '../support/drill-run.ts'
import type { Fault } from '../support/simulated-agents.ts'

/** Faults that between them make every bar of the drill fail. */
const FAULTS: Readonly<Record<string, readonly Fault[]>> = {
  S01: [
    'flaps-twice',
    'connects-unconfigured',
    'connects-unselected',
    'no-end-of-rib',
    'end-of-rib-first',
    'forwarding-lost',
    'wrong-as',
    'wrong-hold',
    'no-fqdn',
    'late-routes',
    'wrong-owner',
    'restart-timer-early',
    'other-families',
  ],
  S02: [
    'wrong-farewell',
    'slow-boot',
    'flaps-twice',
    'claims-graceful-restart',
    'others-flap',
    'attribute-drift',
  ],
  S03: [
    'no-graceful-restart',
    'wrong-farewell',
    'end-of-rib-first',
    'others-flap',
    'attribute-drift',
    'slow-boot',
  ],
  S04: [
    'no-graceful-restart',
    'all-at-once',
    'flaps-twice',
    'wrong-farewell',
    'end-of-rib-first',
    'attribute-drift',
    'slow-boot',
  ],
  S05: ['wrong-farewell', 'others-flap', 'attribute-drift', 'flaps-twice'],
  S06: ['wrong-farewell', 'attribute-drift', 'no-graceful-restart', 'others-flap', 'not-silent'],
  S07: [
    'no-graceful-restart',
    'flaps-twice',
    'wrong-farewell',
    'end-of-rib-first',
    'others-flap',
    'attribute-drift',
    'slow-boot',
    'fields-lost',
  ],
  S08: ['wrong-farewell', 'no-graceful-restart', 'attribute-drift', 'others-flap'],
  S09: [
    'no-graceful-restart',
    'flaps-twice',
    'wrong-farewell',
    'end-of-rib-first',
    'others-flap',
    'attribute-drift',
    'slow-boot',
    'fields-lost',
  ],
  S10: [
    'wrong-farewell',
    'keeps-after-unselect',
    'others-flap',
    'off-flaps',
    'drain-withdraws-pods',
    'drain-keeps-local',
  ],
  S11: ['closes-itself', 'others-flap', 'drain-withdraws-pods', 'last-words'],
  S12: ['closes-itself', 'claims-graceful-restart', 'others-flap', 'talks-in-sleep'],
  S13: ['closes-itself', 'last-words', 'others-flap', 'talks-in-sleep'],
  S14: ['closes-itself', 'last-words', 'cut-leaks'],
  S15: [
    'no-graceful-restart',
    'others-flap',
    'attribute-drift',
    'late-routes',
    'forwarding-claimed',
    'closes-itself',
  ],
  S16: ['closes-itself', 'restless', 'wrong-hold', 'idle-processors', 'talks-in-sleep'],
  S17: ['new-during-outage', 'others-flap', 'operator-slow'],
  S20: ['attribute-drift', 'forwarding-claimed', 'late-routes', 'slow-return'],
  S21: [
    'wrong-farewell',
    'attribute-drift',
    'forwarding-claimed',
    'flaps-twice',
    'wrong-hold',
    'slow-return',
  ],
  S22: [
    'wrong-farewell',
    'keeps-after-unselect',
    'wrong-as',
    'prefix-lost',
    'flaps-twice',
    'soft-reset',
    'others-flap',
  ],
  S23: ['no-graceful-restart', 'deaf', 'not-silent', 'forwarding-lost'],
  S24: ['claims-graceful-restart', 'others-flap', 'old-prefix-returns', 'same-prefix-again'],
}

test.each(DRILLS.map(({ id }) => id))('%s: every bar has a case in which it fails', async (id) => {
  const healthy = await simulate(id)
  const failed = new Set<string>()
  for (const fault of FAULTS[id] ?? []) {
    const result = await simulate(id, { faults: [fault] })
    const bad = [...barsThat(result, 'fail'), ...barsThat(result, 'warn')]
    for (const name of bad) failed.add(name)
    expect([fault, bad]).not.toEqual([fault, []])
    expect(['fail', 'warn']).toContain(result.verdict)
  }
  const judged = healthy.bars.filter(({ verdict }) => verdict !== 'info').map(({ name }) => name)
  expect(judged.filter((name) => !failed.has(name))).toEqual([])
})
