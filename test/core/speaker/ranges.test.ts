import { describe, expect, test } from 'vitest'
import { parsePrefix } from '../../../src/core/ip/text.ts'
import type { PeerRange } from '../../../src/core/speaker/contract.ts'
import { Speaker } from '../../../src/core/speaker/speaker.ts'
import { open } from '../../support/speaker-messages.ts'
import { Bench, config, RANGE, views } from '../../support/speaker-bench.ts'
import { peer, type TestPeer } from '../../support/speaker-peer.ts'

function range(from: string, asn: number | undefined, more: Partial<PeerRange> = {}): PeerRange {
  return { ...RANGE, from: parsePrefix(from), asn, ...more }
}

/** What becomes of a peer with this AS number and source address. */
function opens(peers: readonly PeerRange[], asn: number, address: string): TestPeer {
  return peer({ bench: new Bench(config({}, { peers })), asn, address }).comes()
}

const STATE = { established: 'established', refused: { code: 2, subcode: 2 } }

describe('two AS numbers behind one prefix, and a third one at one of its addresses', () => {
  const peers = [range('127.0.0.0/8', 64512), range('127.0.0.0/8', 64513), range('127.0.0.7/32', 64514)]

  test.each([
    [64512, '127.0.0.7'],
    [64513, '127.0.0.7'],
    [64514, '127.0.0.7'],
    [64512, '127.0.0.8'],
    [64513, '127.0.0.8'],
  ])('AS %i from %s is accepted', (asn, address) => {
    expect(opens(peers, asn, address).view.state).toBe(STATE.established)
  })

  test.each([
    [64514, '127.0.0.8'],
    [64515, '127.0.0.7'],
  ])('AS %i from %s is refused with 2/2', (asn, address) => {
    const refused = opens(peers, asn, address)
    expect(refused.view.state).toBe('closed')
    expect(refused.received.at(-1)).toMatchObject(STATE.refused)
  })
})

test('an entry for any AS lets every AS in, wherever it stands', () => {
  const any = range('127.0.0.0/8', undefined)
  const one = range('127.0.0.0/8', 64512)
  const within = range('127.0.0.7/32', 64514)
  for (const peers of [
    [any, one, within],
    [within, one, any],
  ])
    for (const asn of [64512, 64514, 65551])
      expect(opens(peers, asn, '127.0.0.7').view.state).toBe(STATE.established)
})

test('our OPEN carries the terms of the longest prefix, wherever it stands, and they hold for every AS', () => {
  const wide = range('127.0.0.0/8', 64512)
  const narrow = range('127.0.0.7/32', 64514, { holdTime: 30 })
  for (const peers of [
    [wide, narrow],
    [narrow, wide],
  ]) {
    const node = opens(peers, 64512, '127.0.0.7')
    expect(node.received[0]).toMatchObject({ type: 'open', holdTime: 30 })
    expect(node.view).toMatchObject({ state: 'established', holdTime: 30 })
    expect(opens(peers, 64512, '127.0.0.8').view.holdTime).toBe(90)
  }
})

test('a connection whose OPEN comes after a checkpoint is judged by the same AS numbers', () => {
  const bench = new Bench(config({}, { peers: [range('127.0.0.0/8', 64512), range('127.0.0.0/8', 64513)] }))
  const session = bench.connect()
  const restored = new Speaker(bench.config, bench.speaker.snapshot())
  const input = { type: 'message', session, bytes: open({ asn: 64513 }) } as const
  restored.input(input, bench.now, 2)
  bench.input(input)
  expect(restored.session(session)?.state).toBe('open-confirm')
  expect(views(restored)).toEqual(views(bench.speaker))
})
