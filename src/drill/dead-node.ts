// A node that falls silent without a word: what S11, S12, S13 and S16 have in common.
import type { Micros } from '../core/speaker/contract.ts'
import type { Window } from '../harness/contract.ts'
import { between, none, same, seconds } from './bars.ts'
import type { Stage } from './contract.ts'
import { peerOf, restartsOf, type Restart } from './facts.ts'
import { endsByHoldTimer } from './judge-restart.ts'
import { closedSince, holdsAgain } from './moves.ts'

export const TOLERANCE: Micros = 1e6
/** What was on its way when the node fell silent. */
const IN_FLIGHT: Micros = 200_000

/** A node that was made to fall silent, and what the router saw of that. */
export interface Silence {
  readonly window: Window
  /** When the node stood still. */
  readonly frozenAt: Micros
  /** When the router heard from it for the last time before: from then on its hold timer runs. */
  readonly lastHeard: Micros
  /** What it said after that all the same. */
  readonly said: readonly Heard[]
}

interface Heard {
  readonly seq: number
  readonly at: Micros
}

/** Freezes the node's agent until the router has given it up and `until` has come, then lets it go on. */
export async function silence(stage: Stage, until: (window: Window) => Promise<void>): Promise<Silence> {
  const { cluster, router, node, parameters } = stage
  const window = router.window(`${node} is dead`)
  const thawed = stage.undo(`agent of ${node} goes on`, () => cluster.freeze(node, false))
  const ear = listenTo(stage, node)
  let frozenAt = 0
  try {
    await stage.step(`${node} falls silent`, async () => {
      await ear.first()
      await cluster.freeze(node, true)
      frozenAt = router.now
      await stage.wait(closedSince(router.observer, node, window), parameters.holdTime + 30e6)
    })
  } finally {
    ear.end()
  }
  await stage.step('what becomes of its routes', () => until(window))
  await window.close()
  await stage.step(`${node} is back`, async () => {
    const mark = router.mark(`${node} back`)
    await cluster.freeze(node, false)
    thawed()
    await holdsAgain(stage, [node], mark)
  })
  return { window, frozenAt, ...ear.split(frozenAt) }
}

/** Listens to the node's session: from its last message on our hold timer runs. */
export function listenTo(
  stage: Stage,
  node: string,
): {
  /** Settles when it has said something. */
  first(): Promise<void>
  /** When it was heard last before it fell silent at that instant, and what came after that all the same. */
  split(silentAt: Micros): Pick<Silence, 'lastHeard' | 'said'>
  end(): void
} {
  const heard: Heard[] = []
  const session = peerOf(stage.router.observer, node)?.established?.session
  const deaf = stage.router.onEvent((event) => {
    if (event.type === 'message' && event.direction === 'in' && event.session === session)
      heard.push({ seq: event.seq, at: event.at })
  })
  return {
    first: () =>
      stage.wait({
        name: `a KEEPALIVE of ${node}`,
        progress: () => (heard.length > 0 ? [] : [{ node, why: 'it has said nothing yet' }]),
      }),
    split(silentAt) {
      const said = heard.filter(({ at }) => at > silentAt + IN_FLIGHT)
      return { lastHeard: heard.filter((one) => !said.includes(one)).at(-1)?.at ?? silentAt, said }
    },
    end: deaf,
  }
}

/** The bars of the loss itself: not a byte, the hold timer, and 4/0 from us. */
export function judgeLoss(stage: Stage, { window, lastHeard, said }: Silence): Restart | undefined {
  const { node, parameters } = stage
  const [restart] = restartsOf(window, node)
  const closed = restart?.closed
  const sent = window.notifications({ node }).filter(({ direction }) => direction === 'out')
  stage.bar(
    none({ name: 'not a message comes from it', node, source: 'S12: it is dead' }, said, ({ at }) =>
      seconds(at - lastHeard),
    ),
    between(
      {
        name: 'the hold timer ends the session',
        node,
        source: 'RFC 4271 §6.5: counted from its last message',
        evidence: closed === undefined ? [] : [closed.seq],
      },
      closed === undefined ? undefined : closed.at - lastHeard,
      parameters.holdTime - TOLERANCE,
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
