// The recorded routes that come nearest to a wanted one, side by side with it, and what differs.
import type { WantedRoute } from '../harness/nearest-routes.ts'
import type { RouteRow } from '../harness/views.ts'
import { clockTime } from '../report/time.ts'

const DIFFERS = ' ≠'

const nodeOf = ({ node, peer }: RouteRow): string => node ?? `(${peer.split(' ').at(-1)})`

/** The wanted route and the nearest ones as columns; what differs is marked. */
export function sideBySide(near: readonly RouteRow[], wanted: WantedRoute): readonly string[] {
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
