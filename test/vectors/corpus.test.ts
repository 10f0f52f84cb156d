// Every message of the corpus against our codec, and every UPDATE against the independent grammar.
import { describe, expect, test } from 'vitest'
import { isBgpError } from '../../src/core/errors/bgp-error.ts'
import { ATTRIBUTES } from '../../src/core/wire/attributes/table.ts'
import { CAPABILITIES } from '../../src/core/wire/capabilities/table.ts'
import { decodeMessage, encodeMessage } from '../../src/core/wire/codec.ts'
import { messageToJson } from '../../src/core/wire/message-json.ts'
import { toHex } from '../support/hex.ts'
import { expectAgreement } from '../support/oracle-agreement.ts'
import {
  bytesOf,
  codecContext,
  corpus,
  decoded,
  isMalformed,
  opinionOf,
  vectorKey,
  type Vector,
} from '../support/vectors.ts'

const FILES = corpus()
const ALL = FILES.flatMap(({ vectors }) => vectors)

/** What our decoder does with a message, in the words of `outcome`. */
function outcomeOf(vector: Vector): string | undefined {
  try {
    const message = decodeMessage(bytesOf(vector), codecContext(vector.context))
    if (message.type !== 'update' || message.disposition === 'accept') return undefined
    if (message.disposition !== 'session-reset') return message.disposition
    const { notification } = message.malformed.find(({ disposition }) => disposition === 'session-reset')!
    return `session-reset ${notification.code}/${notification.subcode}`
  } catch (error) {
    if (!isBgpError(error)) throw error
    const { code, subcode, data } = error.notification
    return `NOTIFICATION ${code}/${subcode} ${toHex(data)}`.trimEnd()
  }
}

describe.each(FILES)('$file', ({ vectors }) => {
  test.each(vectors)('$name ($source)', (vector) => {
    const { context, text, decoded: json, canonical } = vector
    expect(opinionOf(vector)).toEqual({ text, decoded: json, ...(canonical === false && { canonical }) })
    expect(outcomeOf(vector)).toBe(vector.outcome)
    const message = decoded(vector)
    if (message === undefined) return

    const oracleReads = context.families === undefined && context.addPath?.length !== 1
    if (message.type === 'update' && oracleReads) expectAgreement(bytesOf(vector), codecContext(context))

    if (isMalformed(message)) return
    const again = encodeMessage(message, codecContext(context))
    if (canonical === undefined) expect(toHex(again)).toBe(toHex(bytesOf(vector)))
    expect(messageToJson(decodeMessage(again, codecContext(context)))).toEqual(json)
  })
})

describe('the corpus', () => {
  test('has at least 300 messages, from four daemons, Cilium and the RFCs, none of them twice in one file', () => {
    expect(ALL.length).toBeGreaterThanOrEqual(300)
    const sources = new Set(ALL.map(({ source }) => source.split(' ')[0]))
    for (const source of ['BIRD', 'FRR', 'GoBGP', 'OpenBGPD', 'Cilium', 'RFC'])
      expect(sources).toContain(source)
    for (const { file, vectors } of FILES) {
      expect(new Set(vectors.map(({ name }) => name)).size, `names in ${file}`).toBe(vectors.length)
      expect(new Set(vectors.map(vectorKey)).size, `messages in ${file}`).toBe(vectors.length)
    }
  })

  test('has every message type, each from the wire or by hand, with and without an error', () => {
    const types = new Set(ALL.map((vector) => decoded(vector)?.type))
    for (const type of ['open', 'update', 'notification', 'keepalive', 'route-refresh'] as const)
      expect(types).toContain(type)
    const outcomes = new Set(ALL.map(({ outcome }) => outcome?.split('/')[0]))
    for (const outcome of [
      undefined,
      'attribute-discard',
      'treat-as-withdraw',
      'session-reset 3',
      'NOTIFICATION 1',
      'NOTIFICATION 2',
      'NOTIFICATION 7',
    ])
      expect(outcomes).toContain(outcome)
  })

  test('has every capability and every attribute that has a row', () => {
    const codes = new Set<number | string>()
    const types = new Set<number>()
    for (const vector of ALL) {
      const message = decoded(vector)
      if (message?.type === 'open') for (const { code } of message.capabilities) codes.add(code)
      if (message?.type === 'update' && !isMalformed(message))
        for (const type of attributeTypes(vector)) types.add(type)
    }
    expect(Object.keys(CAPABILITIES).filter((code) => !codes.has(Number(code)))).toEqual([])
    expect(ATTRIBUTES.map(({ type }) => type).filter((type) => !types.has(type))).toEqual([])
  })

  test('has two-octet AS numbers, internal sessions, path identifiers, End-of-RIBs, IPv4 over IPv6, raw families', () => {
    const texts = ALL.map(({ text }) => text)
    expect(ALL.some(({ context }) => context.fourOctetAs === false)).toBe(true)
    expect(ALL.some(({ context }) => context.internal === true)).toBe(true)
    expect(ALL.some(({ context }) => (context.addPath?.length ?? 0) > 0)).toBe(true)
    for (const text of ['End-of-RIB ipv4-unicast', 'End-of-RIB ipv6-unicast', 'End-of-RIB 25/70'])
      expect(texts).toContain(`UPDATE ${text}`)
    expect(texts.some((text) => /announce ipv4-unicast \S+ next hop 2001:db8::1/.test(text))).toBe(true)
    expect(texts.some((text) => /announce 1\/128 0x/.test(text))).toBe(true)
    expect(ALL.some(({ decoded }) => decoded['extendedParameters'] === true)).toBe(true)
  })

  test('nothing is wrong with what the daemons sent: the context of a capture is the one that was negotiated', () => {
    const captured = ALL.filter(({ source }) => !source.startsWith('RFC'))
    expect(captured.length).toBeGreaterThanOrEqual(150)
    expect(captured.filter((vector) => outcomeOf(vector) !== undefined)).toEqual([])
  })
})

/** Type codes of the attributes of a clean UPDATE. */
function attributeTypes(vector: Vector): number[] {
  const bytes = bytesOf(vector)
  const u16 = (at: number): number => (bytes[at]! << 8) | bytes[at + 1]!
  const start = 21 + u16(19) + 2
  const types: number[] = []
  for (let at = start; at < start + u16(start - 2);) {
    types.push(bytes[at + 1]!)
    at += (bytes[at]! & 0x10) === 0 ? 3 + bytes[at + 2]! : 4 + u16(at + 2)
  }
  return types
}
