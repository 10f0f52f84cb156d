// toAdvertise: a prefix is announced, by somebody or by one node, also with a certain next hop.
import { formatAddress, parseAddress } from '../../core/ip/text.ts'
import type { State } from '../../harness/contract.ts'
import type { RouteRow } from '../../harness/views.ts'
import { clockTime } from '../../report/time.ts'
import { stateUnknown } from './certainty.ts'
import { claim, holds, misused, nearTo, refuted, ROUTES, type ClaimOptions, type Outcome } from './claim.ts'
import { isNode, readPrefix, unknownNode } from './select.ts'

export interface AdvertiseOptions extends ClaimOptions {
  /** By this node; left out: by anybody. */
  readonly node?: string | undefined
  readonly nextHop?: string | undefined
  /** False: a route that only graceful restart keeps does not count. */
  readonly stale?: boolean | undefined
}

/** An address as it is written everywhere here; undefined when the text is none. */
export function addressText(text: string): string | undefined {
  try {
    return formatAddress(parseAddress(text))
  } catch {
    return undefined
  }
}

export const routeWords = ({ node, peer, prefix, nextHop, since, staleUntil }: RouteRow): string =>
  `${node ?? `(${peer.split(' ').at(-1)})`} announces ${prefix} via ${nextHop} since ${clockTime(since)}${
    staleUntil === undefined ? '' : `, stale: only graceful restart keeps it, until ${clockTime(staleUntil)}`
  }`

const wordsOf = (
  prefix: string,
  { node, nextHop, stale }: AdvertiseOptions = {},
): readonly [string, string] => {
  const how = `${prefix}${nextHop === undefined ? '' : ` via ${nextHop}`}${stale === false ? ', not only as stale' : ''}`
  return node === undefined
    ? [`some node announces ${how}`, `no node announces ${how}`]
    : [`${node} announces ${how}`, `${node} does not announce ${how}`]
}

export const toAdvertise = claim<[prefix: string, options?: AdvertiseOptions]>({
  name: 'toAdvertise',
  options: ['node', 'nextHop', 'stale'],
  patience: ROUTES,
  words: wordsOf,
  state(state: State, text, options = {}): Outcome {
    const read = readPrefix(text)
    if ('bad' in read) return read.bad
    const { prefix } = read
    const { node } = options
    const nextHop = options.nextHop === undefined ? undefined : addressText(options.nextHop)
    if (options.nextHop !== undefined && nextHop === undefined)
      return misused(`"${options.nextHop}" is no address`)
    const unsure = stateUnknown(state) ?? unknownNode(state, node === undefined ? undefined : [node])
    if (unsure !== undefined) return unsure
    const all = state.routes()
    const of = all.filter((route) => route.prefix === prefix)
    const those = of.filter(
      (route) =>
        (node === undefined || isNode(route, node)) &&
        (nextHop === undefined || route.nextHop === nextHop) &&
        (options.stale !== false || route.staleUntil === undefined),
    )
    const about: Outcome['about'] = (row) =>
      row.prefix === prefix ||
      (node !== undefined && row.node === node && (row.type === 'closed' || row.type === 'established'))
    if (those.length > 0) return { ...holds(routeWords(those[0]!), ...those.slice(1).map(routeWords)), about }
    const due = state.expected().filter((row) => row.prefix === prefix)
    const owner = due.map((row) => `${row.node} (${row.source})`).join(', ')
    return {
      ...refuted(
        of.length > 0
          ? `${prefix} is announced otherwise: ${routeWords(of[0]!)}`
          : `nobody announces ${prefix}`,
        ...of.slice(1).map(routeWords),
      ),
      cause: due.length > 0 ? `the cluster expects it of ${owner}` : causeOf(state, node),
      about,
      near: nearTo(state, { prefix, node, nextHop }),
    }
  },
})

/** A node without a session announces nothing. */
function causeOf(state: State, node: string | undefined): string | undefined {
  const row = node === undefined ? undefined : state.nodes().find((row) => row.node === node)
  return row === undefined || row.state === 'established' ? undefined : row.why
}
