import { describe, expect, it } from 'vitest'
import { KeyedSets } from '../../../src/core/memory/keyed-sets.ts'

const of = (sets: KeyedSets<string, string>, key: string): readonly string[] => [...sets.of(key)]

describe('KeyedSets', () => {
  it('has no values under a key that nobody used', () => {
    expect(of(new KeyedSets(), 'a')).toEqual([])
  })

  it('keeps one value, and several, once each', () => {
    const sets = new KeyedSets<string, string>()
    sets.add('a', 'one')
    sets.add('a', 'one')
    expect(of(sets, 'a')).toEqual(['one'])
    sets.add('a', 'two')
    sets.add('a', 'one')
    expect(of(sets, 'a')).toEqual(['one', 'two'])
    expect(of(sets, 'b')).toEqual([])
  })

  it('deletes the value that is meant, of one and of several', () => {
    const sets = new KeyedSets<string, string>()
    sets.add('a', 'one')
    sets.delete('a', 'two')
    expect(of(sets, 'a')).toEqual(['one'])
    sets.add('a', 'two')
    sets.delete('a', 'one')
    expect(of(sets, 'a')).toEqual(['two'])
    sets.delete('a', 'two')
    expect(of(sets, 'a')).toEqual([])
    sets.delete('a', 'two')
    sets.add('a', 'three')
    expect(of(sets, 'a')).toEqual(['three'])
  })
})
