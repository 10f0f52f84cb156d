import { expect, test } from 'vitest'
import { RowsWatch } from '../../src/harness/rows-watch.ts'
import type { RouteRow } from '../../src/harness/views.ts'

const route = (prefix: string, more: Partial<RouteRow> = {}): RouteRow => ({
  node: 'a',
  family: 'ipv4-unicast',
  prefix,
  nextHop: '192.0.2.1',
  asPath: '64512',
  communities: '',
  since: 0,
  event: 1,
  staleUntil: undefined,
  peer: 'peer',
  pathId: undefined,
  ...more,
})

test('tells what was added, changed and gone, and nothing of what stays', () => {
  const watch = new RowsWatch('routes')
  const first = [route('10.0.0.0/8'), route('10.1.0.0/16')]
  expect(watch.changes(first).map(({ op, prefix }) => `${op} ${prefix}`)).toEqual([
    'added 10.0.0.0/8',
    'added 10.1.0.0/16',
  ])
  expect(watch.changes(first)).toEqual([])
  const stale = route('10.0.0.0/8', { staleUntil: 5 })
  expect(watch.changes([stale])).toEqual([
    { op: 'changed', ...stale },
    { op: 'gone', ...route('10.1.0.0/16') },
  ])
})

test('two rows with one key are both told, and one of them can go', () => {
  const watch = new RowsWatch('routes')
  const twice = [route('10.0.0.0/8'), route('10.0.0.0/8', { nextHop: '192.0.2.2' })]
  expect(watch.changes(twice)).toHaveLength(2)
  expect(watch.changes(twice.slice(0, 1)).map(({ op, nextHop }) => `${op} ${nextHop}`)).toEqual([
    'gone 192.0.2.2',
  ])
})
