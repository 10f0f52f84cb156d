import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MarkSlots } from '../../../src/core/rib/mark-slots.ts'

test('rows that were fresh become stale together, and those that come later do not', () => {
  const slots = new MarkSlots()
  const before = slots.fresh
  slots.enter(before)
  slots.change(() => 7)
  slots.enter(slots.fresh)
  expect([slots.mark(before), slots.mark(slots.fresh), slots.stale]).toEqual([7, 0, 1])
})

test('a slot that nobody is in any more is used again', () => {
  const slots = new MarkSlots()
  const seen = new Set<number>()
  for (let round = 1; round <= 50; round++) {
    const slot = slots.fresh
    seen.add(slot)
    slots.enter(slot)
    slots.change(() => round)
    slots.leave(slot)
  }
  expect(seen.size).toBeLessThanOrEqual(2)
})

test('each row has the mark that it would have alone', () => {
  const step = fc.oneof(
    fc.constant({ do: 'announce' } as const),
    fc.record({ do: fc.constant('again' as const), row: fc.nat(20) }),
    fc.record({ do: fc.constant('remove' as const), row: fc.nat(20) }),
    fc.record({ do: fc.constant('restore' as const), mark: fc.nat(4) }),
    fc.record({
      do: fc.constant('change' as const),
      to: fc.array(fc.nat(4), { minLength: 5, maxLength: 5 }),
    }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const slots = new MarkSlots()
      const rows: { slot: number; mark: number }[] = []
      for (const one of steps) {
        const place = 'row' in one && rows.length > 0 ? one.row % rows.length : -1
        if (one.do === 'change') {
          slots.change((mark) => one.to[mark]!)
          for (const row of rows) row.mark = one.to[row.mark]!
        } else if (one.do === 'announce' || one.do === 'restore') {
          const mark = one.do === 'restore' ? one.mark : 0
          const slot = mark === 0 ? slots.fresh : slots.slotOf(mark)
          slots.enter(slot)
          rows.push({ slot, mark })
        } else if (place >= 0) {
          slots.leave(rows[place]!.slot)
          if (one.do === 'remove') rows.splice(place, 1)
          else {
            slots.enter(slots.fresh)
            rows[place] = { slot: slots.fresh, mark: 0 }
          }
        }
        expect(rows.map(({ slot }) => slots.mark(slot))).toEqual(rows.map(({ mark }) => mark))
        expect(slots.stale).toBe(rows.filter(({ mark }) => mark !== 0).length)
        expect(slots.mark(slots.fresh)).toBe(0)
      }
    }),
  )
})
