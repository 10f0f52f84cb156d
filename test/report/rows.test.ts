import { expect, test } from 'vitest'
import type { EventRow } from '../../src/harness/event-log.ts'
import { columnsOf, rowsPrinter, shownRows } from '../../src/report/rows.ts'

const plain = { colour: false, headers: false, format: 'table' }

const event = (more: Partial<EventRow>): EventRow => ({
  seq: 1,
  at: 0,
  type: 'peer',
  session: undefined,
  node: undefined,
  peer: undefined,
  remote: undefined,
  text: 'text',
  ...more,
})

test('a stranger stands under NODE in parentheses: its address, else its identifier', () => {
  const rows = [
    event({ node: 'a', remote: '192.0.2.1' }),
    event({ remote: '192.0.2.1', peer: 'here 64512 10.0.0.1' }),
    event({ peer: 'here 64512 10.0.0.1' }),
    event({}),
  ]
  const nodes = rowsPrinter<never>(columnsOf('events'), plain)(rows as never[], 0)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/)[2])
  expect(nodes).toEqual(['a', '(192.0.2.1)', '(10.0.0.1)', '-'])
})

test('a watch begins with a header, even of nothing, and says what became of each row', () => {
  const print = rowsPrinter<never>(columnsOf('expected', true), { ...plain, headers: true, watched: true })
  const row = { node: 'a', prefix: '10.0.0.0/8', announced: true, source: 'here', instance: '', neighbor: '' }
  expect(print([], 0)).toBe('OP       NODE  PREFIX  ANNOUNCED  FROM  INSTANCE  NEIGHBOR\n')
  expect(print([{ op: 'added', ...row }] as never[], 0)).toBe(
    'added    a     10.0.0.0/8  yes        here  -         -\n',
  )
  expect(print([{ op: 'gone', ...row }] as never[], 0)).toBe(
    'gone     a     10.0.0.0/8  yes        here  -         -\n',
  )
})

test('events that come later line up with the first, whatever they are', () => {
  const print = rowsPrinter<never>(columnsOf('events', true), { ...plain, headers: true, watched: true })
  const lines = [
    print([event({ seq: 7, type: 'mark' })] as never[], 0),
    print([event({ seq: 12_345, session: 14, remote: '198.18.64.111', type: 'notification' })] as never[], 0),
  ]
    .join('')
    .trimEnd()
    .split('\n')
  const [header = '', ...rows] = lines
  expect(rows.map((row) => row.indexOf('text'))).toEqual([header.indexOf('WHAT'), header.indexOf('WHAT')])
})

test('JSON of a watch is one object a line', () => {
  const print = rowsPrinter<never>(columnsOf('nodes', true), { ...plain, format: 'json', watched: true })
  expect(print([{ op: 'gone', node: 'a' }] as never[], 0)).toBe('{"op":"gone","node":"a"}\n')
})

test('timers are for the wide table and for programs', () => {
  const rows = [event({ type: 'timer' }), event({ type: 'mark' })]
  expect(shownRows('events', 'table', rows)).toEqual([rows[1]])
  expect(shownRows('events', 'wide', rows)).toEqual(rows)
  expect(shownRows('events', 'json', rows)).toEqual(rows)
})
