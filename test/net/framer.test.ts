import { describe, expect, test } from 'vitest'
import { Framer, UNFRAMED_KEPT } from '../../src/net/framer.ts'

/** A message of any type and length whose body is its own number repeated. */
function message(length: number, fill = 7): Uint8Array {
  const bytes = new Uint8Array(length).fill(fill)
  bytes.fill(0xff, 0, 16)
  bytes[16] = length >>> 8
  bytes[17] = length & 255
  bytes[18] = 2
  return bytes
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]))
}

function framer(): {
  framer: Framer
  messages: Uint8Array[]
  unframed: { bytes: Uint8Array; subcode: number }[]
} {
  const messages: Uint8Array[] = []
  const unframed: { bytes: Uint8Array; subcode: number }[] = []
  return {
    messages,
    unframed,
    framer: new Framer({
      message: (bytes) => void messages.push(bytes.slice()),
      unframed: (bytes, subcode) => void unframed.push({ bytes, subcode }),
    }),
  }
}

const three = [message(19, 1), message(37, 2), message(4096, 3)]

describe('[row 1] cuts the same messages whatever the pieces are', () => {
  test.each([1, 2, 18, 19, 20, 37, 100, 1448, 4095, 4096, 65536])('pieces of %i octets', (size) => {
    const { framer: it, messages } = framer()
    const stream = joined([...three, ...three])
    for (let at = 0; at < stream.length; at += size) it.push(stream.subarray(at, at + size))
    expect(messages).toEqual([...three, ...three])
    expect(it.unfinished()).toHaveLength(0)
  })
})

test('hands out whole messages in place, without a copy', () => {
  const chunk = joined([message(19), message(23)])
  const buffers: ArrayBufferLike[] = []
  const it = new Framer({ message: (bytes) => void buffers.push(bytes.buffer), unframed: () => undefined })
  it.push(chunk)
  expect(buffers).toEqual([chunk.buffer, chunk.buffer])
  expect(buffers[0]).toBe(chunk.buffer)
})

test('reports a marker that is not all ones with subcode 1, once, and ignores what follows', () => {
  const { framer: it, messages, unframed } = framer()
  const junk = new Uint8Array(500).fill(0x41)
  it.push(joined([message(19), junk]))
  it.push(junk)
  it.push(message(19))
  expect(messages).toHaveLength(1)
  expect(unframed).toEqual([{ bytes: junk, subcode: 1 }])
})

test('keeps only the beginning of a long stretch of junk', () => {
  const { framer: it, unframed } = framer()
  it.push(new Uint8Array(100_000).fill(0x41))
  expect(unframed.map(({ bytes }) => bytes.length)).toEqual([UNFRAMED_KEPT])
})

test('reports junk as soon as it can be no marker, from its first octet on', () => {
  const { framer: it, unframed } = framer()
  for (const octet of [0xff, 0xff, 1, 2, 3]) it.push(Uint8Array.of(octet))
  expect(unframed).toEqual([{ bytes: Uint8Array.of(0xff, 0xff, 1), subcode: 1 }])
})

test.each([0, 1])('does not wait for a whole header: 18 octets of HTTP after %i messages', (messages) => {
  const it = framer()
  const request = new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')
  expect(request).toHaveLength(18)
  it.framer.push(joined([...three.slice(0, messages), request]))
  expect(it.messages).toHaveLength(messages)
  expect(it.unframed).toEqual([{ bytes: request, subcode: 1 }])
})

test.each([0, 18, 4097, 65535])('reports the length %i with subcode 2', (length) => {
  const { framer: it, unframed } = framer()
  const header = message(19)
  header[16] = length >>> 8
  header[17] = length & 255
  it.push(header.subarray(0, 10))
  it.push(header.subarray(10))
  expect(unframed).toEqual([{ bytes: header, subcode: 2 }])
})

test('[rows 3, 4] takes messages of up to the length set, from the next header on', () => {
  const large = message(65535)
  const seen: number[] = []
  const it: Framer = new Framer({
    message: (bytes) => {
      seen.push(bytes.length)
      it.setMaxLength(65535)
    },
    unframed: () => seen.push(-1),
  })
  const stream = joined([message(19), large, large])
  for (let at = 0; at < stream.length; at += 1000) it.push(stream.subarray(at, at + 1000))
  expect(seen).toEqual([19, 65535, 65535])
})

test('has what was begun and not ended', () => {
  const { framer: it } = framer()
  it.push(joined([message(19), message(50).subarray(0, 33)]))
  expect(it.unfinished()).toEqual(message(50).subarray(0, 33))
})

test('stops in the middle of a chunk when it is told to', () => {
  let count = 0
  const it: Framer = new Framer({
    message: () => {
      count += 1
      it.end()
    },
    unframed: () => undefined,
  })
  it.push(joined([message(19), message(19), message(19)]))
  expect(count).toBe(1)
})
