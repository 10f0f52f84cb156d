// What rules about the data plane look at: the paths that are probed, with what BGP says of them, and each node's census.
import { formatAddress, parseAddress, parsePrefix } from '../ip/text.ts'
import { prefixKey } from '../ip/arithmetic.ts'
import type { Micros, PeerView, Route } from '../speaker/contract.ts'
import type { SpeakerApi } from '../speaker/api.ts'
import {
  LOSS_ROW,
  LOSS_WINDOW,
  isOk,
  isOver,
  type NodeCensus,
  type ProbeBook,
  type Series,
} from './probe-book.ts'
import type { View } from './view.ts'

/** Nor is this share over 10 s. */
const LOSS_SHARE = 0.05
/** Fewer results than this say nothing about a share. */
const ENOUGH = 20

/** A next hop of a prefix, with all series that go through it. */
export interface ProbedPath {
  readonly prefix: string
  readonly nextHop: string | undefined
  /** Name of the node, or the BGP identifier of who announced it; several, joined, where the path cannot be told. */
  readonly node: string
  readonly series: readonly Series[]
  /** The peer with its route for the prefix, where exactly one explains the path and its session is Established. */
  readonly announced:
    { readonly peer: PeerView; readonly route: Route; readonly established: Micros } | undefined
  /** The prefix is some node's own, so that no other node should answer for it. */
  readonly owned: boolean
  /** The same targets by other next hops. */
  readonly others: readonly Series[]
  readonly census: NodeCensus | undefined
}

/** Since when a series fails, and what says so; undefined when it does not. */
export function failing(
  series: Series,
  at: Micros,
): { readonly since: Micros; readonly event: number } | undefined {
  if (isOver(series)) return undefined
  if (!isOk(series) && series.inRow >= LOSS_ROW) return { since: series.since, event: series.event }
  const batches = series.batches.filter((batch) => batch.to > at - LOSS_WINDOW)
  const [results, lost] = batches.reduce(
    ([all, gone], batch) => [all + batch.results, gone + batch.lost],
    [0, 0],
  )
  if (results < ENOUGH || lost < results * LOSS_SHARE || lost < LOSS_ROW) return undefined
  const first = batches.find((batch) => batch.lost > 0)!
  return { since: first.from, event: first.event }
}

interface Sources {
  readonly book: ProbeBook
  readonly speaker: SpeakerApi
  readonly view: Pick<View, 'at' | 'owners'>
  readonly nodeOf: (peer: string) => string | undefined
}

/** The probed paths, in the order in which their series began. */
export function probedPaths({ book, speaker, view, nodeOf }: Sources): readonly ProbedPath[] {
  const all = book.series(view.at)
  const groups = new Map<string, Series[]>()
  for (const series of all) {
    if (series.kind === 'ecmp') continue
    const key = `${series.prefix} ${series.nextHop ?? '*'}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [series])
    else group.push(series)
  }
  return [...groups.values()].map((series): ProbedPath => {
    const { prefix, nextHop, node } = series.at(-1)!
    const targets = new Set(series.map(({ target }) => target))
    const candidates = [...speaker.lookup(parsePrefix(prefix))].filter(
      ({ route }) => nextHop === undefined || addressOf(route) === normal(nextHop),
    )
    const names = candidates.map(({ peer }) => nodeOf(peer) ?? speaker.peer(peer)?.identifier ?? peer)
    const only = candidates.length === 1 ? candidates[0] : undefined
    const peer = only && speaker.peer(only.peer)
    const established = peer?.established?.establishedAt
    const route = only?.route
    const begun = established === undefined || route === undefined ? 0 : Math.max(route.since, established)
    const name = names.length > 0 ? [...new Set(names)].sort().join(' or ') : (node ?? 'nobody')
    return {
      prefix,
      nextHop,
      node: name,
      // How probes ended before the route came says nothing about it.
      series: series.filter(({ ended, at }) => ended === undefined || at >= begun),
      announced:
        only === undefined || peer === undefined || established === undefined
          ? undefined
          : { peer, route: only.route, established },
      owned: view.owners(prefixKey(parsePrefix(prefix))).size > 0,
      others: all.filter(
        (other) =>
          other.kind === 'new' &&
          targets.has(other.target) &&
          other.nextHop !== nextHop &&
          // While this path is probed, one that is not says nothing of now.
          (other.ended === undefined || series.every(({ ended }) => ended === true)),
      ),
      census: book.census(name, view.at) ?? (node === undefined ? undefined : book.census(node, view.at)),
    }
  })
}

function addressOf(route: Route): string | undefined {
  return route.nextHop === undefined ? undefined : normal(formatAddress(route.nextHop.global))
}

function normal(address: string): string {
  try {
    return formatAddress(parseAddress(address.replace(/^::ffff:(?=\d+\.)/i, '')))
  } catch {
    return address
  }
}

/** Whether two texts name the same address; an IPv4-mapped one is the IPv4 address. */
export function sameAddress(a: string, b: string): boolean {
  return normal(a) === normal(b)
}
