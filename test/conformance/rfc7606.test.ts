// RFC 7606 case by case: what the decoder says, and what it does to a live session of the pure speaker. Behind each case
// comes a good UPDATE: the session lives when its route arrives.
import { describe, expect, test } from 'vitest'
import { attributeBytes } from '../../src/core/wire/attributes/set.ts'
import { DEFAULT_CONTEXT } from '../../src/core/wire/codec.ts'
import { formatPrefix } from '../../src/core/ip/text.ts'
import {
  IPV4_UNICAST,
  IPV6_UNICAST,
  type CodecContext,
  type Disposition,
} from '../../src/core/wire/message.ts'
import { decodeUpdate } from '../../src/core/wire/update.ts'
import { toHex } from '../support/hex.ts'
import { established } from '../support/speaker-peer.ts'
import {
  A,
  before,
  casesOf,
  EXTERNAL,
  INTERNAL,
  OLD_EXTERNAL,
  OLD_INTERNAL,
  SENTINEL,
  sentinel,
  type Kind,
  type Outcome,
} from './rfc7606-cases.ts'

const DISPOSITIONS: Record<Outcome, Disposition> = {
  accept: 'accept',
  discard: 'attribute-discard',
  withdraw: 'treat-as-withdraw',
  reset: 'session-reset',
}
const families = [IPV4_UNICAST, IPV6_UNICAST]

function contextOf({ internal, fourOctetAs }: Kind): CodecContext {
  return { ...DEFAULT_CONTEXT, internal, fourOctetAs, families: new Set(['1/1', '2/1']) }
}

/** What the peer's OPEN says. */
function openOf({ internal, fourOctetAs }: Kind) {
  const asn = internal ? 65000 : 64512
  const old = { capabilities: families.map((family) => ({ code: 1, family }) as const) }
  return { asn, families, ...(fourOctetAs ? {} : old) }
}

const KINDS = [EXTERNAL, INTERNAL, OLD_EXTERNAL, OLD_INTERNAL].map((kind) => [kind.name, kind] as const)

describe.each(KINDS)('%s', (_name, kind) => {
  const cases = casesOf(kind).map((one) => [one.proves, one.what, one] as const)

  describe.each(cases)('%s %s', (_proves, _what, { bytes, outcome, section, notification, left, keeps }) => {
    test(`decoder: ${outcome} (${section})`, () => {
      const { disposition, malformed } = decodeUpdate(bytes, contextOf(kind))
      expect(disposition).toBe(DISPOSITIONS[outcome])
      if (outcome === 'accept') expect(malformed).toEqual([])
      else if (section !== 'RFC 7606 §2') expect(malformed.map(({ clause }) => clause)).toContain(section)
    })

    test(`live session: ${outcome}`, () => {
      const peer = established(openOf(kind))
      for (const good of before(kind)) peer.sends(good)
      peer.sends(bytes).sends(sentinel(kind))

      if (notification !== undefined) {
        const last = peer.received.at(-1)
        if (last?.type !== 'notification') throw new Error(`${last?.type} where a NOTIFICATION is due`)
        expect(`${last.code}/${last.subcode} ${toHex(last.data)}`).toBe(
          `${notification.code} ${notification.data}`,
        )
        expect(peer.routes()).toEqual([])
        return
      }
      expect(peer.view.state).toBe('established')
      expect(peer.routes()).toEqual([SENTINEL, ...left].sort())
      expect(peer.bench.newsOf('malformed-update')).toHaveLength(outcome === 'accept' ? 0 : 1)
      const route = [...peer.bench.speaker.routes(peer.key)].find(({ prefix }) => formatPrefix(prefix) === A)
      if (keeps !== undefined && route !== undefined)
        expect(toHex(attributeBytes(route.attributes))).toBe(keeps)
    })
  })
})

test('there are at least 80 external and 40 internal cases, no two of them alike', () => {
  for (const [kind, least] of [
    [EXTERNAL, 80],
    [INTERNAL, 40],
  ] as const) {
    const bytes = casesOf(kind).map((one) => toHex(one.bytes))
    expect(new Set(bytes).size).toBeGreaterThanOrEqual(least)
  }
})
