import { describe, expect, test } from 'vitest'
import { Debug, namespaceOf, namespacesOf } from '../../src/harness/debug.ts'
import { eventRows, namesOf } from '../../src/harness/event-log.ts'
import { A, cluster } from '../support/two-nodes.ts'

describe('DEBUG switches on', () => {
  test.each([
    [undefined, []],
    ['', []],
    ['express:*', []],
    ['routewitness', []],
    ['routewitness:session', ['session']],
    ['routewitness:session,routewitness:api', ['session', 'api']],
    ['express:* routewitness:check', ['check']],
    ['routewitness:*', ['session', 'route', 'check', 'trace', 'api']],
    ['*', ['session', 'route', 'check', 'trace', 'api']],
    ['routewitness:*,-routewitness:route', ['session', 'check', 'trace', 'api']],
    ['*,-routewitness:r*', ['session', 'check', 'trace', 'api']],
    ['routewitness:[a', []],
  ])('%s: %j', (debug, namespaces) => expect([...namespacesOf(debug)]).toEqual(namespaces))
})

test('a line has time, namespace, router, event number, node and what happened', () => {
  const all = cluster()
  all.speaker(A).announces('10.1.1.0/24')
  const lines: string[] = []
  const debug = new Debug('routewitness:session,routewitness:route', (line) => lines.push(line))
  const observer = all.reread(all.events.length)
  for (const event of all.events) {
    const { news } = observer.apply(event)
    debug.rows('tor', eventRows(event, news, namesOf(observer)))
  }
  expect(lines.at(-1)).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z routewitness:route tor #\d+ a 10\.1\.1\.0\/24 announced\n$/,
  )
  expect(lines.filter((line) => line.includes('session Established'))).toHaveLength(1)
  expect(lines.every((line) => /routewitness:(session|route) /.test(line))).toBe(true)
})

test('what comes from a peer cannot break a line or colour the terminal', () => {
  const lines: string[] = []
  new Debug('*', (line) => lines.push(line)).line('api', 0, 'GET', '/\u001b[31m\nx')
  expect(lines).toEqual(['1970-01-01T00:00:00.000000Z routewitness:api GET /\\x1b[31m\\x0ax\n'])
})

test('timers belong to what they time', () => {
  expect(namespaceOf({ type: 'timer', session: undefined, peer: undefined })).toBe('check')
  expect(namespaceOf({ type: 'timer', session: 4, peer: undefined })).toBe('session')
})
