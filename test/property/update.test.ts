// The hand-written UPDATE decoder against an independent grammar, on valid, damaged and truncated messages.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_CONTEXT } from '../../src/core/wire/codec.ts'
import type { CodecContext } from '../../src/core/wire/message.ts'
import { encodeUpdate } from '../../src/core/wire/update-encode.ts'
import { decodeUpdate } from '../../src/core/wire/update.ts'
import { framed, updateOf } from '../support/hex.ts'
import { expectAgreement } from '../support/oracle-agreement.ts'
import { damage, roughAttributes, updateContent } from '../support/update-arbitrary.ts'

const KINDS: [name: string, context: CodecContext][] = [
  ['external', DEFAULT_CONTEXT],
  ['internal', { ...DEFAULT_CONTEXT, internal: true }],
  ['two-octet AS', { ...DEFAULT_CONTEXT, fourOctetAs: false }],
  ['ADD-PATH', { ...DEFAULT_CONTEXT, internal: true, addPath: new Set(['1/1', '2/1']) }],
]

const HEADER = 19

describe.each(KINDS)('%s session', (_name, context) => {
  test('decoder and grammar agree on valid UPDATEs, and find what was encoded', () => {
    fc.assert(
      fc.property(updateContent(context), (content) => {
        const bytes = encodeUpdate(content, context)
        expectAgreement(bytes, context)
        const update = decodeUpdate(bytes, context)
        expect(update.malformed).toEqual([])
        expect(update.reach.flatMap(({ nlri }) => nlri)).toEqual(
          (content.reach ?? []).toReversed().flatMap(({ nlri }) => nlri),
        )
        expect(update.unreach.flatMap(({ nlri }) => nlri)).toEqual(
          (content.unreach ?? []).flatMap(({ nlri }) => nlri),
        )
        const { unknown = [], ...rest } = update.attributes.decoded
        const { unknown: sent = [], ...attributes } = content.attributes as typeof update.attributes.decoded
        expect(rest).toEqual(attributes)
        const flagged = sent.map((one) => ({
          ...one,
          flags: one.bytes.length > 255 ? one.flags | 0x10 : one.flags,
        }))
        expect(unknown).toEqual(flagged.toSorted((a, b) => a.type - b.type))
      }),
      { numRuns: 120 },
    )
  })

  test('decoder and grammar agree on damaged UPDATEs', () => {
    fc.assert(
      fc.property(updateContent(context), damage(), (content, damaged) => {
        const body = damaged(encodeUpdate(content, context).subarray(HEADER))
        fc.pre(body.length >= 4)
        expectAgreement(framed(2, body), context)
      }),
      { numRuns: 300 },
    )
  })

  test('decoder and grammar agree on attributes with arbitrary values', () => {
    fc.assert(
      fc.property(
        roughAttributes(),
        fc.constantFrom('', '00', '18 0a0573', '0000000100'),
        (attributes, nlri) => {
          expectAgreement(updateOf({ attributes, nlri }), context)
        },
      ),
      { numRuns: 800 },
    )
  })

  test('decoder and grammar agree on UPDATEs cut at every octet', () => {
    fc.assert(
      fc.property(updateContent(context), (content) => {
        const body = encodeUpdate(content, context).subarray(HEADER)
        for (let length = 4; length < Math.min(body.length, 200); length++)
          expectAgreement(framed(2, body.subarray(0, length)), context)
      }),
      { numRuns: 4 },
    )
  })

  test('an UPDATE that was decoded is encoded to the same again', () => {
    fc.assert(
      fc.property(updateContent(context), (content) => {
        const bytes = encodeUpdate(content, context)
        const { reach, unreach, attributes } = decodeUpdate(bytes, context)
        const ordered = { reach: reach.toReversed(), unreach, attributes }
        const again = decodeUpdate(encodeUpdate(ordered, context), context)
        expect(again.attributes.key).toBe(attributes.key)
        expect({ reach: again.reach, unreach: again.unreach }).toEqual({ reach, unreach })
      }),
      { numRuns: 100 },
    )
  })
})
