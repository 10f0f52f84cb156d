// The short way of an UPDATE against the long one: whatever it takes, it takes as the decoder would; and what the decoder
// finds wrong it leaves alone.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PathTable } from '../../src/core/rib/path-table.ts'
import { DEFAULT_CONTEXT } from '../../src/core/wire/codec.ts'
import type { CodecContext } from '../../src/core/wire/message.ts'
import { encodeUpdate, type UpdateContent } from '../../src/core/wire/update-encode.ts'
import { UpdateScan } from '../../src/core/wire/update-scan.ts'
import { decodeUpdate } from '../../src/core/wire/update.ts'
import { framed, toHex, updateOf } from '../support/hex.ts'
import { damage, roughAttributes, updateContent } from '../support/update-arbitrary.ts'

const KINDS: [name: string, context: CodecContext][] = [
  ['external', DEFAULT_CONTEXT],
  ['internal', { ...DEFAULT_CONTEXT, internal: true }],
  ['two-octet AS', { ...DEFAULT_CONTEXT, fourOctetAs: false }],
  ['ADD-PATH', { ...DEFAULT_CONTEXT, internal: true, addPath: new Set(['1/1', '2/1']) }],
  ['IPv4 only', { ...DEFAULT_CONTEXT, families: new Set(['1/1']) }],
]

/** Mostly with routes of one family, announced or withdrawn, as speakers send them. */
const usual = (context: CodecContext): fc.Arbitrary<UpdateContent> =>
  fc.tuple(updateContent(context), fc.nat(3)).map(([content, kind]) => {
    if (kind === 0) return content
    if (kind === 1) return { unreach: content.unreach?.slice(0, 1) ?? [] }
    return { attributes: content.attributes ?? {}, reach: content.reach?.slice(0, 1) ?? [] }
  })

/** True when the short way takes it; compares the two then. */
function compared(bytes: Uint8Array, context: CodecContext): boolean {
  const scan = new UpdateScan()
  if (!scan.read(bytes, context) || (scan.reach !== undefined && !scan.isValid())) return false
  const update = decodeUpdate(bytes, context)
  expect(update.malformed, toHex(bytes)).toEqual([])
  expect(update.endOfRib).toBeUndefined()
  const { reach, unreach } = scan
  expect(unreach === undefined ? [] : [{ family: scan.unreachFamily, nlri: [...unreach] }]).toEqual(
    update.unreach,
  )
  expect([reach?.length ?? 0, unreach?.length ?? 0]).toEqual([
    update.reach.reduce((sum, { nlri }) => sum + nlri.length, 0),
    update.unreach.reduce((sum, { nlri }) => sum + nlri.length, 0),
  ])
  if (reach === undefined) {
    expect(update.reach).toEqual([])
    return true
  }
  expect(update.reach).toHaveLength(1)
  const [one] = update.reach
  expect([scan.reachFamily, [...reach]]).toEqual([one!.family, one!.nlri])
  const paths = new PathTable()
  paths.draft.begin(context.fourOctetAs, bytes, scan.nextHop, scan.nextHopLength)
  for (let run = 0; run < scan.runs; run++)
    paths.draft.add(bytes, scan.shared[2 * run]!, scan.shared[2 * run + 1]!)
  const path = paths.acquireDraft()
  expect(paths.attributes(path).key).toBe(update.attributes.key)
  expect(paths.nextHop(path)).toEqual(one!.nextHop)
  expect(paths.acquire(update.attributes, one!.nextHop)).toBe(path)
  return true
}

describe.each(KINDS)('%s', (_, context) => {
  test('takes what is well formed as the decoder does', () => {
    let taken = 0
    fc.assert(
      fc.property(usual(context), (content) => {
        if (compared(encodeUpdate(content, context), context)) taken++
      }),
      { numRuns: 300, seed: 1 },
    )
    expect(taken).toBeGreaterThan(20)
  })

  test('leaves what is damaged', () => {
    fc.assert(
      fc.property(usual(context), damage(), (content, change) => {
        const bytes = framed(2, change(encodeUpdate(content, context).subarray(19)))
        if (bytes.length >= 23) compared(bytes, context)
      }),
      { numRuns: 600 },
    )
  })

  test('leaves attributes with wrong flags, lengths, values and order', () => {
    fc.assert(
      fc.property(roughAttributes(), fc.constantFrom('', '18 c00002', '08 0a'), (attributes, nlri) => {
        compared(updateOf({ attributes, nlri }), context)
      }),
      { numRuns: 600 },
    )
  })
})
