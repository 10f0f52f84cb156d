// Reading fields of objects that anybody may have written: what is absent is empty, what has the wrong type is
// named and then treated as absent. Nothing here throws.
import { parseAddress, parsePrefix, formatAddress } from '../ip/text.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { ClusterObject } from '../stream/events.ts'

/** A field of an object that cannot be used. */
export interface ObjectProblem {
  readonly kind: string
  readonly name: string
  /** For example "spec.ipam.podCIDRs[0]". */
  readonly field: string
  /** What is wrong, for example "is not a list". */
  readonly message: string
}

/** Gathers what is wrong with objects while they are read. */
export type Complain = (problem: ObjectProblem) => void

/** A place inside an object. */
export class Field {
  readonly value: unknown
  readonly path: string
  readonly #object: ClusterObject
  readonly #complain: Complain

  constructor(object: ClusterObject, complain: Complain, value: unknown, path: string) {
    this.#object = object
    this.#complain = complain
    this.value = value
    this.path = path
  }

  /** True when there is nothing here; null counts as nothing, as in Kubernetes. */
  get absent(): boolean {
    return this.value === undefined || this.value === null
  }

  complain(message: string): void {
    this.#complain({ kind: this.#object.kind, name: this.#object.metadata.name, field: this.path, message })
  }

  /** The field below; several names walk down. */
  at(...names: readonly string[]): Field {
    return names.reduce<Field>((field, name) => field.#child(name), this)
  }

  /** The elements of a list. */
  items(): readonly Field[] {
    if (this.absent) return []
    if (!Array.isArray(this.value)) {
      this.complain('is not a list')
      return []
    }
    return this.value.map((value: unknown, index) => this.#sub(value, `${this.path}[${index}]`))
  }

  text(): string | undefined {
    if (this.absent) return undefined
    if (typeof this.value === 'string') return this.value
    this.complain('is not a string')
    return undefined
  }

  integer(): number | undefined {
    if (this.absent) return undefined
    if (Number.isSafeInteger(this.value)) return this.value as number
    this.complain('is not a whole number')
    return undefined
  }

  /** A map of strings, such as labels or the data of a ConfigMap. */
  texts(): ReadonlyMap<string, string> {
    const result = new Map<string, string>()
    if (this.absent || !this.#isMap()) return result
    for (const name of Object.keys(this.value as object)) {
      const text = this.#child(name).text()
      if (text !== undefined) result.set(name, text)
    }
    return result
  }

  /** A prefix, host bits cleared (Cilium does not mask podCIDRs, routers do). */
  prefix(): Prefix | undefined {
    const text = this.text()
    if (text === undefined) return undefined
    try {
      if (text.includes('/')) return parsePrefix(text)
    } catch {
      // falls through to the complaint
    }
    this.complain(`"${text}" is not a prefix`)
    return undefined
  }

  /** An IP address in its canonical text (RFC 5952). */
  address(): string | undefined {
    const text = this.text()
    if (text === undefined || text === '') return undefined
    try {
      return formatAddress(parseAddress(text))
    } catch {
      this.complain(`"${text}" is not an IP address`)
      return undefined
    }
  }

  #isMap(): boolean {
    if (typeof this.value === 'object' && !Array.isArray(this.value)) return true
    this.complain('is not a map')
    return false
  }

  #child(name: string): Field {
    const path = this.path === '' ? name : `${this.path}.${name}`
    if (this.absent || !this.#isMap()) return this.#sub(undefined, path)
    const map = this.value as Readonly<Record<string, unknown>>
    return this.#sub(Object.hasOwn(map, name) ? map[name] : undefined, path)
  }

  #sub(value: unknown, path: string): Field {
    return new Field(this.#object, this.#complain, value, path)
  }
}

/** The whole object as a field. */
export function rootField(object: ClusterObject, complain: Complain): Field {
  return new Field(object, complain, object, '')
}

/** The same for an object that may not be there. */
export function fieldOf(object: ClusterObject | undefined, complain: Complain): Field | undefined {
  return object === undefined ? undefined : rootField(object, complain)
}
