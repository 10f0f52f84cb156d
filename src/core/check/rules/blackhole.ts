import { failing } from '../data-plane.ts'
import { lossCause, type LossCause } from '../loss-cause.ts'
import { isOk, type Series } from '../probe-book.ts'
import { evidenceOf, timeOfDay } from '../words.ts'
import type { ProbeRule } from './rule.ts'

/** Established, no BGP event, and packets along the announced route are lost: what BGP cannot see (D-20, incident I-3). */
export const blackhole: ProbeRule = {
  on: 'probe',
  code: 'blackhole',
  severity: 'error',
  meaning: 'the session is Established and the route stands, and probes through its next hop are lost',

  judge(path, at) {
    const { announced, node, prefix } = path
    if (announced === undefined || announced.route.stale !== undefined) return undefined
    const found = failingOf(path.series, ['new'], at) ?? failingOf(path.series, ['large'], at)
    // What was never reached is another finding; what BGP tells of is none of this one.
    if (found?.series.answered === undefined) return undefined
    const { series, since, event } = found
    if (announced.established > since || announced.route.since > since) return undefined
    const small = path.series.find(({ kind, target }) => kind === 'new' && target === series.target)
    // While small packets are lost, too, or were a moment ago, their size is not what it is about.
    if (series.kind === 'large' && small !== undefined && !(isOk(small) && small.since <= since))
      return undefined
    const cause =
      series.kind === 'large' && small !== undefined ? mtu(series) : lossCause(path.census, node, since)
    return {
      severity: cause.kind === 'mtu' ? 'warning' : 'error',
      since,
      evidence: evidenceOf(announced.route.firstEvent, event, ...cause.events),
      summary: `${lost(series)} since ${timeOfDay(since)}, while ${node} stays Established and announces ${prefix}${through(path.nextHop)}`,
      ...(series.outcome === 'refused' && cause.kind === 'unknown'
        ? nothingListens(series)
        : {
            cause: cause.text,
            impact: `${impact(series)}${elsewhere(path.others)}`,
            remedy: cause.remedy,
          }),
    }
  },
}

/** The first series of these kinds that fails. */
export function failingOf(
  all: readonly Series[],
  kinds: readonly Series['kind'][],
  at: number,
): { readonly series: Series; readonly since: number; readonly event: number } | undefined {
  for (const series of all) {
    const found = kinds.includes(series.kind) ? failing(series, at) : undefined
    if (found !== undefined) return { series, ...found }
  }
  return undefined
}

function mtu({ event }: Series): LossCause {
  return {
    kind: 'mtu',
    text: 'mtu: small packets arrive and full-size ones, which may not be fragmented, do not',
    remedy:
      'compare the MTU of the path with that of the pods; ICMP "fragmentation needed" must come through',
    events: [event],
  }
}

function lost(series: Series): string {
  const size = series.kind === 'large' ? 'full-size ' : ''
  return isOk(series)
    ? `some ${size}probes of ${series.target} are lost`
    : `${size}probes of ${series.target} fail (${series.outcome})`
}

function impact(series: Series): string {
  return series.kind === 'large'
    ? 'large packets to these addresses are lost'
    : 'what is sent to these addresses is lost'
}

export function through(nextHop: string | undefined): string {
  return nextHop === undefined ? '' : ` via ${nextHop}`
}

/** Which other next hops lead to the same target (D-17). */
export function elsewhere(others: readonly Series[]): string {
  if (others.length === 0) return ''
  const up = others.filter(isOk)
  const names = (list: readonly Series[]): string =>
    list.map(({ node, nextHop }) => [node, nextHop && `(${nextHop})`].filter(Boolean).join(' ')).join(', ')
  return up.length === 0
    ? `; no other path works either: ${names(others)}`
    : `; the same target answers through ${names(up)}`
}

/** A refusal is an answer: packets come there and back. */
export function nothingListens({ target }: Series): { cause: string; impact: string; remedy: string } {
  return {
    cause: `the host answered that nothing listens at ${target} (ECONNREFUSED): the path works, there and back`,
    impact: `whoever connects to ${target} by this path is refused at once; other ports may be served`,
    remedy:
      'run an echo server there (`routewitness probe serve`), or name the port on which one listens (--target)',
  }
}
