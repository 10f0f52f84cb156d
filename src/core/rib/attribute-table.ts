// Attribute sets by number, each kept once however many routes and peers share it, and only while some route does.
import type { AttributeSet } from '../wire/attribute-set.ts'

interface Slot {
  readonly set: AttributeSet
  routes: number
}

/** Interns attribute sets: the same key has the same number. */
export class AttributeTable {
  readonly #numbers = new Map<string, number>()
  readonly #slots: (Slot | undefined)[] = []
  readonly #free: number[] = []

  /** The number of a set, for one more route. */
  acquire(set: AttributeSet): number {
    const known = this.#numbers.get(set.key)
    if (known !== undefined) {
      this.#slots[known]!.routes++
      return known
    }
    const number = this.#free.pop() ?? this.#slots.length
    this.#slots[number] = { set, routes: 1 }
    this.#numbers.set(set.key, number)
    return number
  }

  /** One route less has this set. */
  release(number: number): void {
    const slot = this.#slots[number]
    if (slot === undefined || --slot.routes > 0) return
    this.#numbers.delete(slot.set.key)
    this.#slots[number] = undefined
    this.#free.push(number)
  }

  /** The set with this number. A number that nobody holds is a mistake of the caller. */
  get(number: number): AttributeSet {
    const slot = this.#slots[number]
    if (slot === undefined) throw new RangeError(`no attribute set has the number ${number}`)
    return slot.set
  }

  /** How many different sets are held. */
  get size(): number {
    return this.#slots.length - this.#free.length
  }
}
