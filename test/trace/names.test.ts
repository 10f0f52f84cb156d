import { expect, test } from 'vitest'
import { segmentsIn } from '../../src/trace/names.ts'

test('segments come oldest first, the current one last, by number and not by name', () => {
  const names = [
    'messages.mrt',
    'events.jsonl',
    'trace.json',
    'events-10000.jsonl',
    'messages-10000.mrt',
    'messages-0002.mrt',
    'events-0002.jsonl',
    'routewitness.sock',
  ]
  expect(segmentsIn(names).map(({ events }) => events)).toEqual([
    'events-0002.jsonl',
    'events-10000.jsonl',
    'events.jsonl',
  ])
})

test('a rotation that a crash left half done is one segment', () => {
  expect(segmentsIn(['events-0001.jsonl', 'messages.mrt'])).toEqual([
    { number: 1, events: 'events-0001.jsonl', messages: 'messages.mrt' },
  ])
  expect(segmentsIn(['messages-0001.mrt', 'events.jsonl'])).toEqual([
    { number: 1, events: 'events.jsonl', messages: 'messages-0001.mrt' },
  ])
})

test('a file that somebody removed leaves a segment of one file', () => {
  expect(segmentsIn(['messages-0001.mrt', 'messages.mrt', 'events.jsonl'])).toEqual([
    { number: 1, messages: 'messages-0001.mrt', events: undefined },
    { number: undefined, messages: 'messages.mrt', events: 'events.jsonl' },
  ])
})
