import { describe, expect, test } from 'vitest'
import { parseTarget, pathsTo } from '../../src/probe/plan.ts'
import { update } from '../support/speaker-messages.ts'
import { A, B, cluster } from '../support/two-nodes.ts'

describe('a target', () => {
  test.each([
    ['10.1.1.10:80', '10.1.1.10:80'],
    ['10.1.1.10', '10.1.1.10:8080'],
    ['[fd00:0::10]:80', '[fd00::10]:80'],
    ['fd00::10', '[fd00::10]:8080'],
  ])('%s', (text, read) => {
    expect(parseTarget(text).text).toBe(read)
  })

  test.each(['echo:80', '10.1.1.256:80', '10.1.1.1:0', '10.1.1.1:65536', '', '[10'])('%j is none', (text) => {
    expect(() => parseTarget(text)).toThrow(/is no address with a port/)
  })
})

test('the paths are the next hops of the longest prefix that is announced, by node', () => {
  const all = cluster()
  const a = all.speaker(A)
  const b = all.speaker(B)
  a.sends(update({ prefixes: ['10.1.0.0/16', '192.0.2.1/32'], nextHop: '10.0.0.1' }))
  b.sends(update({ prefixes: ['10.1.1.0/24', '192.0.2.1/32'], nextHop: '10.0.0.2' }))
  const paths = (text: string): unknown => pathsTo(all.observer, [parseTarget(text)])
  expect(paths('10.1.1.10:80')).toEqual([
    { target: '10.1.1.10:80', prefix: '10.1.1.0/24', nextHop: '10.0.0.2', node: 'b' },
  ])
  expect(paths('10.1.2.10:80')).toMatchObject([{ prefix: '10.1.0.0/16', node: 'a' }])
  expect(paths('192.0.2.1:80')).toMatchObject([{ nextHop: '10.0.0.1' }, { nextHop: '10.0.0.2' }])
  expect(paths('203.0.113.1:80')).toEqual([])
})
