// Seeded routing tables as ready UPDATE messages: the sender must not be what is measured.

/** Messages, one behind the other, and what is in them. */
export interface Blob {
  readonly bytes: Buffer
  readonly routes: number
  readonly messages: number
}

export interface Table {
  readonly announce: Blob
  readonly withdraw: Blob
  readonly sets: number
}

export interface TableOptions {
  readonly afi: 1 | 2
  readonly routes: number
  readonly sets: number
  readonly seed: number
  /** The AS that announces: first in every AS_PATH. */
  readonly asn: number
}

/** Length of an IPv4 prefix and how many of a thousand have it, after the Internet's table. */
const LENGTHS_4: readonly (readonly [length: number, share: number])[] = [
  [24, 620],
  [23, 100],
  [22, 110],
  [21, 50],
  [20, 45],
  [19, 30],
  [18, 15],
  [17, 10],
  [16, 20],
]
const LENGTHS_6: readonly (readonly [length: number, share: number])[] = [
  [48, 480],
  [32, 130],
  [44, 120],
  [40, 100],
  [36, 60],
  [46, 60],
  [56, 30],
  [64, 20],
]

/** Numbers below 2^32 that depend on the seed alone (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}

/** Bytes that grow. */
class Bytes {
  #bytes = Buffer.allocUnsafe(1 << 20)
  length = 0

  add(source: Uint8Array): void {
    while (this.length + source.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * this.#bytes.length)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes.set(source, this.length)
    this.length += source.length
  }

  all(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.length))
  }
}

const HEADER = 19
const LARGEST = 4096

/** `routes` different prefixes under `sets` different attribute sets, in random order. */
export function makeTable(options: TableOptions): Table {
  const next = random(options.seed)
  const prefixes = options.afi === 1 ? prefixes4(options.routes, next) : prefixes6(options.routes, next)
  const groups: Uint8Array[][] = Array.from({ length: options.sets }, () => [])
  prefixes.forEach((prefix, index) =>
    groups[index < options.sets ? index : next() % options.sets]!.push(prefix),
  )
  const announce = new Bytes()
  let messages = 0
  groups.forEach((group, index) => {
    const attributes = attributeSet(index, options.asn, next)
    for (const nlri of packed(group, LARGEST - HEADER - 4 - attributes.length - 40)) {
      announce.add(options.afi === 1 ? update4(attributes, nlri) : update6(attributes, nlri))
      messages++
    }
  })
  const withdraw = new Bytes()
  let withdrawals = 0
  for (const nlri of packed(prefixes, LARGEST - HEADER - 12)) {
    withdraw.add(options.afi === 1 ? withdraw4(nlri) : withdraw6(nlri))
    withdrawals++
  }
  const { routes } = options
  return {
    announce: { bytes: announce.all(), routes, messages },
    withdraw: { bytes: withdraw.all(), routes, messages: withdrawals },
    sets: options.sets,
  }
}

function lengthOf(shares: typeof LENGTHS_4, pick: number): number {
  let left = pick
  for (const [length, share] of shares) {
    if (left < share) return length
    left -= share
  }
  return shares[0]![0]
}

function prefixes4(count: number, next: () => number): Uint8Array[] {
  const seen = new Set<number>()
  const prefixes: Uint8Array[] = []
  while (prefixes.length < count) {
    const length = lengthOf(LENGTHS_4, next() % 1000)
    const address = (next() & (0xffff_ffff << (32 - length))) >>> 0
    const first = address >>> 24
    const key = address * 64 + length
    // Bogons would be refused by some of the receivers.
    if (first === 0 || first === 10 || first === 127 || first >= 224 || seen.has(key)) continue
    seen.add(key)
    const octets = (length + 7) >>> 3
    prefixes.push(
      Uint8Array.of(length, first, (address >>> 16) & 255, (address >>> 8) & 255).slice(0, 1 + octets),
    )
  }
  return prefixes
}

function prefixes6(count: number, next: () => number): Uint8Array[] {
  const seen = new Set<string>()
  const prefixes: Uint8Array[] = []
  while (prefixes.length < count) {
    const length = lengthOf(LENGTHS_6, next() % 1000)
    const octets = Math.ceil(length / 8)
    const prefix = new Uint8Array(1 + octets)
    prefix[0] = length
    for (let at = 1; at <= octets; at++) prefix[at] = next() & 255
    prefix[1] = 0x20 | (prefix[1]! & 0x0f)
    if (length % 8 !== 0) prefix[octets]! &= 0xff << (8 - (length % 8))
    const key = Buffer.from(prefix).toString('latin1')
    if (seen.has(key)) continue
    seen.add(key)
    prefixes.push(prefix)
  }
  return prefixes
}

/** ORIGIN, AS_PATH, MED, COMMUNITIES: no two sets are the same, because the number of the set is in the path. */
function attributeSet(index: number, asn: number, next: () => number): Buffer {
  const path = [
    asn,
    100_000 + index,
    ...Array.from({ length: 1 + (next() % 4) }, () => 1000 + (next() % 60_000)),
  ]
  const communities = Array.from({ length: 1 + (next() % 4) }, () => ((asn << 16) | (next() & 0xffff)) >>> 0)
  return Buffer.concat([
    Buffer.from([0x40, 1, 1, next() % 3]),
    Buffer.from([0x40, 2, 2 + 4 * path.length, 2, path.length]),
    words(path),
    Buffer.from([0x80, 4, 4]),
    words([next() % 1000]),
    Buffer.from([0xc0, 8, 4 * communities.length]),
    words(communities),
  ])
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * values.length)
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index))
  return bytes
}

/** Prefixes in fields of at most `room` octets. */
function* packed(prefixes: readonly Uint8Array[], room: number): Generator<Buffer> {
  let field: Uint8Array[] = []
  let length = 0
  for (const prefix of prefixes) {
    if (length + prefix.length > room) {
      yield Buffer.concat(field)
      field = []
      length = 0
    }
    field.push(prefix)
    length += prefix.length
  }
  if (field.length > 0) yield Buffer.concat(field)
}

function message(type: number, body: readonly Uint8Array[]): Buffer {
  const length = HEADER + body.reduce((sum, piece) => sum + piece.length, 0)
  const header = Buffer.alloc(HEADER, 0xff)
  header.writeUInt16BE(length, 16)
  header[18] = type
  return Buffer.concat([header, ...body])
}

const NEXT_HOP_4 = Buffer.from([0x40, 3, 4, 192, 0, 2, 1])
const NEXT_HOP_6 = Buffer.from('20010db8000000000000000000000001', 'hex')
const u16 = (value: number): Buffer => Buffer.from([value >>> 8, value & 255])

function update4(attributes: Buffer, nlri: Buffer): Buffer {
  // NEXT_HOP stands where its type puts it: behind ORIGIN (4 octets) and AS_PATH.
  const at = 4 + 3 + attributes[6]!
  const all = [attributes.subarray(0, at), NEXT_HOP_4, attributes.subarray(at)]
  return message(2, [u16(0), u16(attributes.length + NEXT_HOP_4.length), ...all, nlri])
}

function update6(attributes: Buffer, nlri: Buffer): Buffer {
  const value = Buffer.concat([Buffer.from([0, 2, 1, 16]), NEXT_HOP_6, Buffer.from([0]), nlri])
  const reach = Buffer.concat([Buffer.from([0x90, 14]), u16(value.length), value])
  return message(2, [u16(0), u16(attributes.length + reach.length), reach, attributes])
}

function withdraw4(nlri: Buffer): Buffer {
  return message(2, [u16(nlri.length), nlri, u16(0)])
}

function withdraw6(nlri: Buffer): Buffer {
  const value = Buffer.concat([Buffer.from([0, 2, 1]), nlri])
  return message(2, [u16(0), u16(value.length + 4), Buffer.from([0x90, 15]), u16(value.length), value])
}
