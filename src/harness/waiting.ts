// For whom a wait waits, and why: one line a node.
import { whyNoSession } from '../core/check/no-session.ts'
import type { Observer } from '../core/check/observer.ts'
import { nodesToWaitFor, type NodeProgress } from '../core/check/waiting.ts'
import { formatPrefix } from '../core/ip/text.ts'
import { withoutZone } from '../core/speaker/originate.ts'

/** Somebody who is waited for. `node` is "(any)" where nobody in particular is meant. */
export interface Waiting {
  readonly node: string
  readonly why: string
}

export const ANYBODY = '(any)'

const withoutSession = (nodes: readonly NodeProgress[]): Waiting[] =>
  nodes
    .filter((node) => !node.established)
    .map(({ node, reasons }) => ({ node, why: reasons[0] ?? 'no session' }))

/**
 * Nodes whose session is not Established. 'all' means every node that the cluster's objects give a session with us;
 * where no objects say so, every peer that ever came, and at least one.
 */
export function missingSessions(observer: Observer, which: 'all' | readonly string[]): Waiting[] {
  if (which !== 'all') {
    const view = observer.checker.view(observer.world)
    return which.flatMap((node) => {
      const why = whyNoSession(view, node)
      return why === undefined ? [] : [{ node, why }]
    })
  }
  const nodes = nodesToWaitFor(observer)
  if (nodes.length > 0) return withoutSession(nodes)
  const peers = [...observer.world.speaker.peers()]
  const unanswered = [...observer.world.speaker.dials()].filter(
    ({ address, state }) =>
      state !== 'resting' && !peers.some(({ last }) => last.remote.address === withoutZone(address)),
  )
  if (peers.length === 0 && unanswered.length === 0)
    return [{ node: ANYBODY, why: 'no peer has connected, and no object says who should' }]
  const dialled = unanswered.map(({ address, state, attempt, problem }): Waiting => ({
    node: address,
    why:
      state === 'open'
        ? 'dialled, and its OPEN has not come'
        : `dialled (attempt ${attempt})${problem === undefined ? '' : `: ${problem}`}`,
  }))
  const down = peers
    .filter((peer) => peer.established === undefined)
    .map((peer) => ({
      node: observer.checker.nodeOf(peer.key) ?? peer.identifier,
      why: `its session is ${peer.last.state}`,
    }))
  return [...dialled, ...down]
}

/** Nodes that do not announce, or hold only as stale, what they should announce to us. */
export function missingRoutes(observer: Observer): Waiting[] {
  const nodes = nodesToWaitFor(observer)
  if (nodes.length === 0)
    return [
      { node: ANYBODY, why: 'no route is expected from anybody: no object says what should be announced' },
    ]
  return nodes
    .filter((node) => node.missing.length > 0)
    .map(({ node, missing, reasons }) => ({
      node,
      why: reasons.join('; ') || missing.map(formatPrefix).join(', '),
    }))
}
