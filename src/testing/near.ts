// The recorded routes that come nearest to a wanted one, side by side with it, and what differs.
import { overlaps } from '../core/ip/arithmetic.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import { parsePrefix } from '../core/ip/text.ts'
import type { RouteRow } from '../harness/views.ts'
import { clockTime } from '../report/time.ts'
import type { WantedRoute } from './claims/claim.ts'

const SHOWN = 3
const DIFFERS = ' ≠'

/** Leading bits that two prefixes of one family have in common. */
function commonBits(a: Prefix, b: Prefix): number {
  let bits = 0
  for (const [index, word] of a.words.entries()) {
    const difference = (word ^ b.words[index]!) >>> 0
    if (difference !== 0) return bits + Math.clz32(difference)
    bits += 32
  }
  return bits
}

/** How far a route is from the wanted one: the prefix weighs most, then the node, then the next hop. */
function distance(route: RouteRow, wanted: WantedRoute, prefix: Prefix | undefined): number {
  let far = 0
  if (prefix !== undefined && route.prefix !== wanted.prefix) {
    const other = parsePrefix(route.prefix)
    if (other.afi !== prefix.afi) far += 100_000
    else far += (overlaps(other, prefix) ? 1000 : 2000) + 128 - commonBits(other, prefix)
  }
  if (wanted.family !== undefined && route.family !== wanted.family) far += 100_000
  if (wanted.node !== undefined && route.node !== wanted.node) far += 500
  if (wanted.nextHop !== undefined && route.nextHop !== wanted.nextHop) far += 10
  return far
}

/** At most three, the nearest first. */
export function nearestRoutes(routes: readonly RouteRow[], wanted: WantedRoute): readonly RouteRow[] {
  const prefix = wanted.prefix === undefined ? undefined : parsePrefix(wanted.prefix)
  return routes
    .map((route, at) => ({ route, at, far: distance(route, wanted, prefix) }))
    .sort((a, b) => a.far - b.far || a.at - b.at)
    .slice(0, SHOWN)
    .map(({ route }) => route)
}

const nodeOf = ({ node, peer }: RouteRow): string => node ?? `(${peer.split(' ').at(-1)})`

/** The wanted route and the nearest ones as columns; what differs is marked. */
export function sideBySide(routes: readonly RouteRow[], wanted: WantedRoute): readonly string[] {
  const near = nearestRoutes(routes, wanted)
  if (near.length === 0) return ['no route is recorded at all']
  const row = (
    name: string,
    want: string | undefined,
    cell: (route: RouteRow) => string,
  ): readonly string[] => [
    name,
    want ?? '(any)',
    ...near.map((route) => `${cell(route)}${want === undefined || want === cell(route) ? '' : DIFFERS}`),
  ]
  const rows = [
    ['', 'wanted', ...near.map(() => 'recorded')],
    row('node', wanted.node, nodeOf),
    row('prefix', wanted.prefix, ({ prefix }) => prefix),
    row('next hop', wanted.nextHop, ({ nextHop }) => nextHop),
    ['since', '', ...near.map(({ since }) => clockTime(since))],
    ...(near.some(({ staleUntil }) => staleUntil !== undefined)
      ? [
          [
            'stale until',
            '',
            ...near.map(({ staleUntil }) => (staleUntil === undefined ? '-' : clockTime(staleUntil))),
          ],
        ]
      : []),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)))
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
