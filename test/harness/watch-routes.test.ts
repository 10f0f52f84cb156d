import { expect, test } from 'vitest'
import type { ChangedRow } from '../../src/harness/rows-watch.ts'
import { routeRows, type RouteRow } from '../../src/harness/views.ts'
import { watchRoutes } from '../../src/harness/watch-routes.ts'
import { ciliumConfig, ciliumNode } from '../support/cluster-objects.ts'
import { ObservedCluster } from '../support/observed-cluster.ts'

type Row = ChangedRow<RouteRow>

/** A cluster with three peers of which the last one says when a look is over. */
function threePeers() {
  const cluster = new ObservedCluster()
  const [a, b, last] = ['10.4.0.1', '10.4.0.2', '10.4.0.3'].map((address) =>
    cluster.speaker({ identifier: address, from: address }),
  )
  return { cluster, a: a!, b: b!, last: last! }
}

/** A watch that looks again when it is told to. */
function watching({ cluster, last }: ReturnType<typeof threePeers>) {
  let looks = 0
  let pauses = 0
  let wake = (): void => undefined
  const lines = watchRoutes(
    { now: 0, router: { observer: cluster.observer } },
    { isOver: () => false, next: () => new Promise((resolve) => (wake = resolve)) },
    async () => {
      pauses++
      await Promise.resolve()
    },
  )
  /** What a look gives, but for the route that says that it is over. */
  const look = async (): Promise<Row[][]> => {
    const end = `203.0.113.${++looks}/32`
    last.announces(end)
    wake()
    const given: Row[][] = []
    for (;;) {
      const { value } = (await lines.next()) as { value: { rows: readonly Row[] } }
      given.push(value.rows.filter(({ prefix }) => !prefix.startsWith('203.')))
      if (value.rows.some(({ prefix }) => prefix === end)) return given
    }
  }
  return { lines, look, pauses: () => pauses }
}

const told = (lines: readonly Row[][]): string[] =>
  lines.flat().map(({ op, node, prefix }) => `${op} ${node ?? '-'} ${prefix}`)

const rowsIn = (lines: readonly Row[][]): RouteRow[] => lines.flat().map(({ op: _, ...row }) => row)
const rowsOf = ({ observer }: ObservedCluster): RouteRow[] =>
  routeRows(observer).filter(({ prefix }) => !prefix.startsWith('203.'))

test('a router without routes gives an empty first look', async () => {
  const { lines } = watching(threePeers())
  expect(await lines.next()).toEqual({ done: false, value: { now: 0, rows: [] } })
})

test('tells what is added, changed and gone, of the peers of which something changed', async () => {
  const all = threePeers()
  const { cluster: one, a, b } = all
  a.announces('10.1.0.0/24', '10.1.1.0/24')
  b.announces('10.2.0.0/24')
  const watch = watching(all)
  expect(rowsIn(await watch.look())).toEqual(rowsOf(one))
  expect(told(await watch.look())).toEqual([])
  a.withdraws('10.1.0.0/24')
  b.announces('10.2.1.0/24')
  expect(told(await watch.look())).toEqual(['gone - 10.1.0.0/24', 'added - 10.2.1.0/24'])
  one.set(ciliumConfig({ ipam: 'cluster-pool' }), ciliumNode('node01', ['10.1.0.0/16'], '10.4.0.1'))
  expect(told(await watch.look())).toEqual(['changed node01 10.1.1.0/24'])
})

test('a large table comes a thousand rows at a time, and goes so', async () => {
  const all = threePeers()
  const { cluster: one, a, b } = all
  const prefixes = Array.from({ length: 4500 }, (_, index) => `10.${index >>> 8}.${index & 255}.0/24`)
  for (let at = 0; at < prefixes.length; at += 500) a.announces(...prefixes.slice(at, at + 500))
  b.announces('192.168.0.0/24')
  const watch = watching(all)
  const first = await watch.look()
  expect(rowsIn(first)).toEqual(rowsOf(one))
  const pauses = watch.pauses()
  expect(pauses).toBeGreaterThanOrEqual(8)
  b.announces('192.168.1.0/24')
  expect(told(await watch.look())).toEqual(['added - 192.168.1.0/24'])
  expect(watch.pauses()).toBe(pauses)
  for (let at = 0; at < prefixes.length; at += 500) a.withdraws(...prefixes.slice(at, at + 500))
  const gone = await watch.look()
  expect(told(gone)).toEqual(prefixes.map((prefix) => `gone - ${prefix}`))
  for (const lines of [first, gone])
    expect(Math.max(...lines.map((rows) => rows.length))).toBeLessThanOrEqual(2000)
})
