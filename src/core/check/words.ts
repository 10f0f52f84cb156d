// Sentences that several rules need.
import { formatPrefix } from '../ip/text.ts'
import { prefixKey } from '../ip/arithmetic.ts'
import type { Prefix } from '../ip/prefix.ts'
import { POD_CIDR_FIELD, allocatingObject } from '../expected/source.ts'
import type { Settings } from '../expected/settings.ts'
import { describeCause } from '../session/describe.ts'
import type { Micros, WithdrawCause } from '../speaker/contract.ts'
import { formatMicros } from '../stream/time.ts'
import type { Claim, View } from './view.ts'

/** "12:00:01.204", UTC. */
export function timeOfDay(at: Micros): string {
  return formatMicros(at).slice(11, 23)
}

/** "announced by node01 (10.4.94.23) since 12:00:01.204". */
export function announcedBy(claim: Claim): string {
  const { peer, route } = firstOf(claim)
  const who =
    claim.node === peer.identifier
      ? `${claim.node}, which no object names,`
      : `${claim.node} (${peer.identifier})`
  return `announced by ${who} since ${timeOfDay(route.since)}`
}

/** "master2 (CiliumNode.spec.ipam.podCIDRs)". */
export function ownedBy(owners: Iterable<string>, view: Pick<View, 'settings' | 'state'>): string {
  const names = [...owners].sort()
  const byHand = names.every((name) => view.state(name)?.facts.byHand === true)
  return `${names.join(' and ')} (${byHand ? BY_HAND : allocationField(view.settings)})`
}

/** Where the routes of a node stand that were given by hand. */
export const BY_HAND = 'given by fromStatic'

function allocationField(settings: Settings): string {
  const object = allocatingObject(settings.ipam)
  return object === undefined ? 'CiliumNode.spec.ipam.pools' : POD_CIDR_FIELD[object]
}

/** The oldest of the routes for one prefix of one node. */
export function firstOf(claim: Claim): Claim['sightings'][number] {
  return claim.sightings.reduce((first, next) => (next.route.since < first.route.since ? next : first))
}

/** True when nothing but graceful restart keeps the prefix of this node. */
export function onlyStale(claim: Claim): boolean {
  return claim.sightings.every(({ route }) => route.stale !== undefined)
}

/** Event numbers in order, each once. */
export function evidenceOf(...events: readonly (number | undefined)[]): readonly number[] {
  return [...new Set(events.filter((event) => event !== undefined && event > 0))].sort(
    (a, b) => a! - b!,
  ) as number[]
}

/** The events that announced the prefix. */
export function eventsOf(claim: Claim): readonly number[] {
  return claim.sightings.map(({ route }) => route.firstEvent)
}

/** True when the node's Node object has the prefix and its CiliumNode has not. */
export function isNodePodCidr(view: View, node: string, prefix: Prefix): boolean {
  const facts = view.state(node)?.facts
  if (facts === undefined) return false
  const has = (list: readonly Prefix[]): boolean =>
    list.some((other) => prefixKey(other) === prefixKey(prefix))
  return has(facts.nodePodCidrs) && !has(facts.ciliumPodCidrs)
}

export function prefixList(prefixes: Iterable<Prefix>): string {
  return [...prefixes].map(formatPrefix).join(', ')
}

const FLUSHED: Readonly<Record<Extract<WithdrawCause, { kind: 'stale-flush' }>['why'], string>> = {
  eor: 'flushed by End-of-RIB: the node did not announce it again',
  'restart-timer': 'flushed by the restart timer: the node did not return in time',
  'stale-timer': 'flushed by the stale timer: the node returned and sent no End-of-RIB in time',
  'f-bit-clear': 'flushed because the node returned with the F bit clear',
  'family-missing': 'flushed because the node returned without the family in its graceful-restart capability',
  'no-capability': 'flushed because the node returned without the graceful-restart capability',
  'second-close': 'flushed because the session ended again while its routes were stale',
  'hard-reset': 'flushed by a Hard Reset (6/9)',
  eorr: 'flushed at the end of a route refresh: the node did not announce it again (RFC 7313)',
}

/** How a route went away, as a clause: "withdrawn by UPDATE". */
export function describeWithdrawal(cause: WithdrawCause): string {
  switch (cause.kind) {
    case 'wire':
      return 'withdrawn by UPDATE'
    case 'malformed':
      return 'treated as withdrawn because its UPDATE was malformed (RFC 7606)'
    case 'session-closed':
      return `gone with the session: ${describeCause(cause.cause)}`
    case 'stale-flush':
      return FLUSHED[cause.why]
  }
}
