import { expect, test } from 'vitest'
import type { EventRow } from '../../src/harness/event-log.ts'
import { EVENT_COLUMNS, rowsText } from '../../src/report/rows.ts'

const plain = { colour: false, headers: false }

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
  const nodes = rowsText(rows, EVENT_COLUMNS, 'table', 0, plain)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/)[2])
  expect(nodes).toEqual(['a', '(192.0.2.1)', '(10.0.0.1)', '-'])
})
