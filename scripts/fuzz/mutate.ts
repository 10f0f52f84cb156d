// Ways to spoil a message.
import type { Random } from './random.ts'

const HEADER = 19
const UPDATE = 2
/** Lengths at which something ends. */
const LENGTHS = [0, 1, 18, 19, 20, 22, 23, 28, 29, 255, 4095, 4096, 4097, 32_767, 65_534, 65_535]
const OCTETS = [0x00, 0x01, 0x7f, 0x80, 0xff]

type Mutation = (message: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts))

function changed(message: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = message.slice()
  change(copy)
  return copy
}

/** A place behind the header, where there is one. */
function place(message: Uint8Array, random: Random): number {
  if (message.length <= HEADER || random.chance(0.05)) return random.below(message.length)
  return HEADER + random.below(message.length - HEADER)
}

const MUTATIONS: readonly Mutation[] = [
  // a bit
  (message, random) =>
    changed(message, (copy) => {
      const at = place(copy, random)
      copy[at] = copy[at]! ^ (1 << random.below(8))
    }),
  // some octets
  (message, random) =>
    changed(message, (copy) => {
      for (let n = 1 + random.below(6); n > 0; n--)
        copy[place(copy, random)] = random.chance(0.5) ? random.pick(OCTETS) : random.below(256)
    }),
  // a length anywhere: of one octet or two
  (message, random) =>
    changed(message, (copy) => {
      const at = place(copy, random)
      const length = random.chance(0.7) ? random.pick(LENGTHS) : random.below(copy.length + 2)
      if (random.chance(0.5)) copy[at] = length
      else copy.set([length >>> 8, length & 0xff].slice(0, copy.length - at), at)
    }),
  // a little more or less than what stands there, which is where lengths are off by one
  (message, random) =>
    changed(message, (copy) => {
      const at = place(copy, random)
      copy[at] = copy[at]! + random.below(5) - 2
    }),
  // cut off
  (message, random) => message.slice(0, place(message, random)),
  // a piece missing
  (message, random) => {
    const at = place(message, random)
    return joined(message.subarray(0, at), message.subarray(at + 1 + random.below(16)))
  },
  // a piece too much
  (message, random) => {
    const at = place(message, random)
    return joined(message.subarray(0, at), random.bytes(1 + random.below(32)), message.subarray(at))
  },
  // a piece again, once or often
  (message, random) => {
    const at = place(message, random)
    const piece = message.subarray(at, at + 1 + random.below(40))
    const times = random.chance(0.8) ? 1 + random.below(3) : Math.floor(3000 / piece.length)
    return joined(
      message.subarray(0, at),
      ...Array.from({ length: times }, () => piece),
      message.subarray(at),
    )
  },
  // the tail of another message
  (message, random, other) =>
    joined(message.subarray(0, place(message, random)), other.subarray(place(other, random))),
  // another type
  (message, random) => changed(message, (copy) => (copy[18] = random.below(8))),
  // junk to the end
  (message, random) => joined(message.subarray(0, place(message, random)), random.bytes(random.below(200))),
]

/** The message spoilt in one way or several; for the most part with a header whose length is right, so that more than framing is met. */
export function mutate(message: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let result = message
  for (let times = random.chance(0.6) ? 1 : 1 + random.below(5); times > 0; times--)
    result = random.pick(MUTATIONS)(result.length === 0 ? message : result, random, other)
  if (result.length < HEADER || random.chance(0.07)) return lied(result, random)
  return changed(result.subarray(0, 65_535), (copy) => {
    if (random.chance(0.97)) copy.fill(0xff, 0, 16)
    copy[16] = copy.length >>> 8
    copy[17] = copy.length & 0xff
    if (copy[18] === UPDATE && random.chance(0.5)) mendAttributes(copy)
  })
}

/** A header that lies. */
function lied(message: Uint8Array, random: Random): Uint8Array {
  if (message.length < HEADER) return message
  return changed(message, (copy) => {
    const length = random.pick(LENGTHS)
    copy[16] = length >>> 8
    copy[17] = length & 0xff
  })
}

/** Makes Total Path Attribute Length end with the message, where an UPDATE has the room. */
function mendAttributes(message: Uint8Array): void {
  const withdrawn = (message[19]! << 8) | message[20]!
  const at = 21 + withdrawn
  if (at + 2 > message.length) return
  const declared = (message[at]! << 8) | message[at + 1]!
  const room = message.length - at - 2
  if (declared <= room) return
  message[at] = room >>> 8
  message[at + 1] = room & 0xff
}
