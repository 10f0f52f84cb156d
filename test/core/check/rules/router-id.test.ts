import { describe, expect, test } from 'vitest'
import { lines, ObservedCluster, only } from '../../../support/observed-cluster.ts'
import { A, B, cluster } from '../../../support/two-nodes.ts'

const NAMED = { extra: [{ code: 73, host: 'a', domain: '' } as const] }
/** Node a under another identifier, which no object knows. */
const CHANGED = { ...NAMED, identifier: '10.0.0.9' }

/** Node a was here, with its prefix, and is here again under another identifier. */
function changed(): { all: ObservedCluster; again: ReturnType<ObservedCluster['speaker']> } {
  const all = cluster()
  all.speaker(B).announces('10.1.2.0/24')
  all
    .speaker({ ...A, ...NAMED })
    .announces('10.1.1.0/24')
    .closes()
  all.passes('1s')
  return { all, again: all.speaker(CHANGED).announces('10.1.1.0/24') }
}

describe('router-id', () => {
  test('is a warning about the node that came back under another identifier', () => {
    const { all } = changed()
    const since = all.now
    const finding = only(all.settled())
    expect(finding).toMatchObject({
      code: 'router-id',
      severity: 'warning',
      node: 'a',
      peer: '127.0.0.1:1790 64512 10.0.0.9',
      since,
      summary: 'a came back with BGP identifier 10.0.0.9, before 10.0.0.1',
    })
    expect(all.events[finding.evidence[0]! - 1]).toMatchObject({ type: 'message', session: 3 })
  })

  test('stands as long as the session under the new identifier', () => {
    const { all, again } = changed()
    again.closes()
    expect(lines(all.settled())).toEqual(['a 10.1.1.0/24 missing'])
    again.comes().announces('10.1.1.0/24')
    expect(lines(all.settled())).toEqual(['a router-id'])
  })

  test('is over when the former identifier comes back', () => {
    const { all, again } = changed()
    again.closes()
    all.speaker({ ...A, ...NAMED }).announces('10.1.1.0/24')
    again.comes().announces('10.1.1.0/24')
    expect(lines(all.settled())).toEqual([])
  })

  test('is the same from the record, and from any checkpoint in it', () => {
    const { all } = changed()
    const checkpoint = JSON.parse(JSON.stringify(all.observer.checkpoint())) as ReturnType<
      typeof all.observer.checkpoint
    >
    const at = all.events.length
    const live = all.settled()
    expect(lines(live)).toEqual(['a router-id'])
    expect(all.reread().verdict()).toEqual(live)
    expect(all.reread(at, checkpoint).verdict()).toEqual(live)
  })

  test('is none when the record begins with the new identifier', () => {
    const all = cluster()
    all.speaker(B).announces('10.1.2.0/24')
    all.speaker(CHANGED).announces('10.1.1.0/24')
    expect(lines(all.settled())).toEqual([])
  })

  test('is none when another node comes from the same address', () => {
    for (const ends of [{}, { from: '10.7.0.7', to: '127.0.0.1' }]) {
      const all = cluster()
      all.speaker({ ...A, ...ends }).closes()
      all.speaker({ ...B, ...ends }).announces('10.1.2.0/24')
      expect(lines(all.settled())).toEqual(['a 10.1.1.0/24 missing'])
    }
  })

  test('of a node that no object names is found by its address, where that is no loopback address', () => {
    const verdict = (from: string, to: string) => {
      const all = new ObservedCluster()
      all.speaker({ identifier: '10.7.0.7', from, to }).closes()
      all.speaker({ identifier: '10.7.0.8', from, to })
      return all.settled()
    }
    expect(only(verdict('10.7.0.7', '10.7.0.1'))).toMatchObject({
      node: '10.7.0.8',
      summary: 'the peer from 10.7.0.7 came back with BGP identifier 10.7.0.8, before 10.7.0.7',
    })
    expect(lines(verdict('127.0.0.7', '127.0.0.1'))).toEqual([])
  })

  test('is over when the former peer is forgotten', () => {
    const { all } = changed()
    for (let count = 0; count < 2100; count++)
      all.speaker({ identifier: `10.9.${count >> 8}.${count & 255}`, from: '127.0.0.9' }).closes()
    expect(all.observer.world.speaker.peer('127.0.0.1:1790 64512 10.0.0.1')).toBeUndefined()
    expect(lines(all.settled())).toEqual([])
  })
})
