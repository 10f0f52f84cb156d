// For whom a wait waits, and why: one line a node.
import { noSessionReason, wasRefused } from '../core/check/no-session.ts'
import { isRefusal } from '../core/session/cause.ts'
import { didYouMean } from '../core/errors/nearest.ts'
import type { Observer } from '../core/check/observer.ts'
import { nodesToWaitFor, type NodeProgress } from '../core/check/waiting.ts'
import { printable } from '../core/errors/printable.ts'
import { formatPrefix } from '../core/ip/text.ts'
import type { DialView } from '../core/speaker/contract.ts'
import { withoutZone } from '../core/speaker/originate.ts'

/** Somebody who is waited for. `node` is "(any)" where nobody in particular is meant. */
export interface Waiting {
  readonly node: string
  readonly why: string
}

export const ANYBODY = '(any)'

/** Names of nodes that a complaint about a wrong one lists. */
const SHOWN_NAMES = 12

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
    const view = observer.checker.sight(observer.world)
    return which.flatMap((node) => {
      const why = strangeName(observer, node) ?? noSessionReason(view, node)
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
  const refused = refusedStrangers(observer)
  if (peers.length === 0 && unanswered.length === 0 && refused.length === 0)
    return [{ node: ANYBODY, why: 'no peer has connected, and no object says who should' }]
  const dialled = unanswered.map((dial): Waiting => ({ node: dial.address, why: whyUnanswered(dial) }))
  const down = peers
    .filter((peer) => peer.established === undefined)
    .map((peer) => ({
      node: observer.checker.nodeOf(peer.key) ?? peer.identifier,
      why: `its session is ${peer.last.state}`,
    }))
  return [...dialled, ...refused, ...down]
}

const NO_ANSWER = 'a firewall, or TCP MD5 keys that differ'

function whyUnanswered({ state, attempt, problem }: DialView): string {
  if (state === 'open') return 'dialled, and its OPEN has not come'
  if (problem === undefined) return `dialled (attempt ${attempt}), no answer so far: ${NO_ANSWER}`
  const hint = problem.startsWith('no answer') ? ` (${NO_ANSWER})` : ''
  return `dialled (attempt ${attempt}): ${problem}${hint}`
}

/** Addresses that came, were refused, and are no peer's: one line each, the last refusal. */
function refusedStrangers(observer: Observer): readonly Waiting[] {
  const { speaker } = observer.world
  const known = new Set([...speaker.peers()].map(({ last }) => last.remote.address))
  const lines = new Map<string, Waiting>()
  for (const session of speaker.sessions()) {
    const { address } = session.remote
    if (session.cause === undefined || !isRefusal(session.cause) || known.has(address)) continue
    lines.set(address, { node: address, why: wasRefused(session) })
  }
  return [...lines.values()]
}

/** The node of a peer, or its identifier where no object names the node. */
export const nameOf = (observer: Observer, peer: string): string =>
  observer.checker.nodeOf(peer) ?? observer.world.speaker.peer(peer)?.identifier ?? peer

/** What is wrong with a name that neither the cluster nor a peer has. */
export function strangeName(observer: Observer, node: string): string | undefined {
  const { nodes } = observer.checker.book
  if (nodes.size === 0 || nodes.has(node)) return undefined
  for (const peer of observer.world.speaker.peers()) if (nameOf(observer, peer.key) === node) return undefined
  const names = [...nodes.keys()].sort()
  const shown = names.slice(0, SHOWN_NAMES).join(', ')
  const all = `there are: ${shown}${names.length > SHOWN_NAMES ? ', …' : ''}`
  return `there is no node of that name (${didYouMean(node, names) ?? all})`
}

/** What a node that lacks both a session and routes is waited for is its session: one line a node, the first that is told. */
export function oneLineEach(waiting: readonly Waiting[]): readonly Waiting[] {
  const lines = new Map<string, Waiting>()
  for (const line of waiting) if (!lines.has(line.node)) lines.set(line.node, line)
  return [...lines.values()]
}

/** A line for people: nobody in particular has no name. */
export function waitingLine({ node, why }: Waiting): string {
  return printable(node === ANYBODY ? why : `${node}  ${why}`)
}

/** Nodes that do not announce, or hold only as stale, what they should announce to us. */
export function missingRoutes(observer: Observer): Waiting[] {
  const nodes = nodesToWaitFor(observer)
  if (nodes.length === 0)
    return [
      { node: ANYBODY, why: 'no route is expected from anybody: no object says what should be announced' },
    ]
  if (nodes.every(({ expected, others }) => expected === 0 && !others))
    return nodes.map(({ node }) => ({ node, why: whyNothingExpected(observer, node) }))
  return nodes
    .filter((node) => node.missing.length > 0)
    .map(({ node, missing, reasons }) => ({
      node,
      why: reasons.join('; ') || missing.map(formatPrefix).join(', '),
    }))
}

/** Nothing to wait for is no success: most often an advertisement is missing, or its labels are others. */
function whyNothingExpected(observer: Observer, node: string): string {
  const facts = observer.checker.book.nodes.get(node)?.facts
  const allocated = facts?.allocated ?? []
  if (allocated.length === 0)
    return `nothing is expected of it: ${facts?.byHand ? 'its list of prefixes is empty' : 'it has no pod CIDR'}`
  const prefixes = allocated.map(formatPrefix).join(', ')
  return `nothing is expected of it: no advertisement of type PodCIDR selects its ${prefixes} for us`
}
