// A node that falls silent without a word: what S12, S13 and S16 have in common.
import type { Micros } from '../core/speaker/contract.ts'
import type { Window } from '../harness/contract.ts'
import { between, same } from './bars.ts'
import type { Stage } from './contract.ts'
import { restartsOf, type Restart } from './facts.ts'
import { endsByHoldTimer } from './judge-restart.ts'
import { closedSince, holdsAgain } from './moves.ts'

export const TOLERANCE: Micros = 1e6

/** Freezes the node's agent until the router has given it up and `until` has come, then lets it go on. */
export async function silence(
  stage: Stage,
  until: (window: Window) => Promise<void>,
): Promise<{
  readonly window: Window
  readonly frozenAt: Micros
}> {
  const { cluster, router, node, parameters } = stage
  const window = router.window(`${node} is dead`)
  const thawed = stage.undo(`agent of ${node} goes on`, () => cluster.freeze(node, false))
  let frozenAt = 0
  await stage.step(`${node} falls silent`, async () => {
    frozenAt = router.now
    await cluster.freeze(node, true)
    await stage.wait(closedSince(router.observer, node, window), parameters.holdTime + 30e6)
  })
  await stage.step('what becomes of its routes', () => until(window))
  await window.close()
  await stage.step(`${node} is back`, async () => {
    const mark = router.mark(`${node} back`)
    await cluster.freeze(node, false)
    thawed()
    await holdsAgain(stage, [node], mark)
  })
  return { window, frozenAt }
}

/** The bars of the loss itself: the hold timer, and 4/0 from us. */
export function judgeLoss(stage: Stage, window: Window, frozenAt: Micros): Restart | undefined {
  const { node, parameters } = stage
  const [restart] = restartsOf(window, node)
  const closed = restart?.closed
  const sent = window.notifications({ node }).filter(({ direction }) => direction === 'out')
  stage.bar(
    between(
      {
        name: 'the hold timer ends the session',
        node,
        source:
          'RFC 4271 §6.5: counted from the last KEEPALIVE, which came up to a keepalive interval before',
        evidence: closed === undefined ? [] : [closed.seq],
      },
      closed === undefined ? undefined : closed.at - frozenAt,
      (parameters.holdTime * 2) / 3 - TOLERANCE,
      parameters.holdTime + TOLERANCE,
    ),
    endsByHoldTimer('why it ended', node, restart),
    same(
      { name: 'what the router says', node, source: 'RFC 4271 §6.5', evidence: sent.map(({ seq }) => seq) },
      'NOTIFICATION 4/0',
      sent.map(({ code, subcode }) => `NOTIFICATION ${code}/${subcode}`).join(', ') || 'nothing',
    ),
  )
  return restart
}
