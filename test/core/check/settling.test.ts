import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { prefixKey } from '../../../src/core/ip/arithmetic.ts'
import { formatPrefix, parsePrefix } from '../../../src/core/ip/text.ts'
import { Settling } from '../../../src/core/check/settling.ts'
import { nothingToCheck } from '../../../src/core/check/empty-verdict.ts'
import { bgpCluster, ciliumNode } from '../../support/cluster-objects.ts'
import { lines, ObservedCluster } from '../../support/observed-cluster.ts'

const A = { identifier: '10.0.0.1' }
const OBJECTS = bgpCluster(['a', '10.1.1.0/24', '10.0.0.1'])

function cluster(): ObservedCluster {
  return new ObservedCluster().set(...OBJECTS)
}

describe('the settle time', () => {
  test('keeps a change from being judged, and says until when', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24', '10.9.0.0/16')
    const verdict = all.verdict()
    expect(verdict.findings).toEqual([])
    expect(verdict.unsettled).toEqual([
      { node: 'a', prefix: '10.1.1.0/24', until: all.now + 15e6 },
      { node: 'a', prefix: '10.9.0.0/16', until: all.now + 15e6 },
    ])
    expect(all.observer.nextSettle()).toBe(all.now + 15e6)
  })

  test('ends with a timer event of the stream, which makes the finding due', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24', '10.9.0.0/16')
    expect(lines(all.settled())).toEqual(['a 10.9.0.0/16 extra'])
    expect(all.events.at(-1)).toMatchObject({ type: 'timer', key: { of: 'check', timer: 'settle' } })
    expect(all.observer.nextSettle()).toBeUndefined()
  })

  test('starts anew with every change, but not with the same route again', () => {
    const all = cluster()
    const a = all.speaker(A).announces('10.1.1.0/24', '10.9.0.0/16')
    all.passes('10s')
    a.withdraws('10.9.0.0/16').announces('10.9.0.0/16')
    all.passes('10s')
    expect(all.verdict().unsettled).toMatchObject([{ prefix: '10.9.0.0/16' }])
    a.announces('10.9.0.0/16')
    all.passes('5s')
    expect(lines(all.verdict())).toEqual(['a 10.9.0.0/16 extra'])
  })

  test('starts when the allocation changes, for the old prefix and for the new one', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    all.settled()
    all.set(ciliumNode('a', ['10.1.7.0/24'], '10.0.0.1'))
    const verdict = all.verdict()
    expect(verdict.findings).toEqual([])
    expect(verdict.unsettled.map(({ prefix }) => prefix)).toEqual(['10.1.1.0/24', '10.1.7.0/24'])
    expect(lines(all.settled())).toEqual(['a 10.1.1.0/24 leftover', 'a 10.1.7.0/24 missing'])
  })

  test('starts when a peer turns out to be a node', () => {
    const all = new ObservedCluster()
    all.speaker(A).announces('10.1.1.0/24')
    all.passes('20s')
    all.set(...OBJECTS)
    expect(all.verdict().unsettled).toMatchObject([{ node: 'a', prefix: '10.1.1.0/24' }])
    expect(all.settled().findings).toEqual([])
  })

  test('an object that says the same again changes nothing', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24')
    all.settled()
    all.set(...OBJECTS)
    expect(all.verdict().unsettled).toEqual([])
    expect(all.observer.nextSettle()).toBeUndefined()
  })
})

describe('what has not settled', () => {
  const PREFIXES = Array.from({ length: 40 }, (_, index) => parsePrefix(`10.1.${index}.0/24`))

  test('is the last change of each prefix, in order of time, however often they changed', () => {
    const step = fc.record({ prefix: fc.nat(PREFIXES.length - 1), after: fc.nat(3), advance: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const settling = new Settling(10)
        let last: [text: string, at: number][] = []
        let now = 0
        for (const { prefix, after, advance } of steps) {
          now += after
          const text = formatPrefix(PREFIXES[prefix]!)
          settling.change(PREFIXES[prefix]!, now)
          last = [...last.filter(([other]) => other !== text), [text, now]]
          if (advance) {
            settling.advance(now)
            last = last.filter(([, at]) => at + 10 > now)
          }
          const first = last[0]
          expect(settling.next()).toBe(first === undefined ? undefined : first[1] + 10)
        }
        expect(settling.snapshot()).toEqual(last)
        const restored = new Settling(10)
        restored.restore(settling.snapshot())
        expect(restored.snapshot()).toEqual(last)
        for (const [text, at] of last)
          expect(restored.until(prefixKey(parsePrefix(text)), now)).toBe(at + 10 > now ? at + 10 : undefined)
      }),
    )
  })

  test('stays as many entries as there are prefixes while the same ones change again and again', () => {
    const settling = new Settling(10)
    for (let count = 0; count < 5_000; count++) {
      settling.change(PREFIXES[count % PREFIXES.length]!, count)
      expect(settling.next()).toBe(Math.max(0, count - PREFIXES.length + 1) + 10)
    }
    expect(settling.snapshot()).toHaveLength(PREFIXES.length)
  })
})

describe('nothing to check', () => {
  test('without objects of nodes', () => {
    const all = new ObservedCluster()
    all.speaker(A).announces('10.1.1.0/24')
    const verdict = all.settled()
    expect(verdict.findings).toEqual([])
    expect(nothingToCheck(verdict)).toBe('there are no objects of nodes')
  })

  test('when no node is to announce anything and none does', () => {
    const all = new ObservedCluster().set(ciliumNode('a'))
    expect(nothingToCheck(all.settled())).toBe(
      'no node is expected to announce anything to us, and none does',
    )
  })

  test('but a node that is expected and does not come is something', () => {
    expect(nothingToCheck(cluster().settled())).toBeUndefined()
  })
})

describe('across a gap', () => {
  test('the verdict is unknown until the next checkpoint', () => {
    const all = cluster()
    all.speaker(A).announces('10.1.1.0/24', '10.9.0.0/16')
    const before = all.settled()
    const checkpoint = all.observer.checkpoint()
    all.event({ type: 'gap', events: 3, reason: 'the disk could not follow' })
    expect(all.verdict()).toMatchObject({ known: false, findings: [] })
    expect(nothingToCheck(all.verdict())).toBeUndefined()
    all.event({ type: 'checkpoint', checkpoint })
    const after = all.verdict()
    expect(after.known).toBe(true)
    expect(after.findings).toEqual(before.findings)
  })
})

test('a checkpoint remembers what the objects no longer tell', () => {
  const all = cluster()
  all.speaker(A).announces('10.1.1.0/24')
  all.deletes('CiliumNode', 'a')
  const checkpoint = JSON.parse(JSON.stringify(all.observer.checkpoint())) as ReturnType<
    typeof all.observer.checkpoint
  >
  const at = all.events.length
  const live = all.settled()
  expect(lines(live)).toEqual(['a 10.1.1.0/24 leftover'])
  expect(all.reread(at, checkpoint).verdict()).toEqual(live)
})
