// The cases of RFC 7606 once more, over real TCP: a router on loopback, and a peer that sends the octets of the table.
import { describe, expect, test } from 'vitest'
import { formatPrefix } from '../../src/core/ip/text.ts'
import { attributeBytes } from '../../src/core/wire/attributes/set.ts'
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/core/wire/message.ts'
import { toHex } from '../support/hex.ts'
import { RunningRouter } from '../support/running-router.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
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
} from './rfc7606-cases.ts'

const ID = '192.168.77.14'
const families = [IPV4_UNICAST, IPV6_UNICAST]
const OLD = { capabilities: families.map((family) => ({ code: 1, family }) as const) }

/** The attribute set of a prefix that the one peer announced, as hex. */
function attributesOf(it: RunningRouter, wanted: string): string | undefined {
  const { speaker } = it.router.observer.world
  for (const { key } of speaker.peers())
    for (const { prefix, attributes } of speaker.routes(key))
      if (formatPrefix(prefix) === wanted) return toHex(attributeBytes(attributes))
  return undefined
}

const KINDS = [EXTERNAL, INTERNAL, OLD_EXTERNAL, OLD_INTERNAL].map((kind) => [kind.name, kind] as const)

describe.each(KINDS)('%s over TCP', (_name, kind) => {
  const cases = casesOf(kind).map((one) => [one.proves, one.what, one.outcome, one] as const)

  test.each(cases)('%s %s: %s', async (_proves, _what, outcome, { bytes, notification, left, keeps }) => {
    const it = await RunningRouter.start()
    const peer = await ScriptedPeer.establish(it.address, {
      asn: kind.internal ? 65000 : 64512,
      families,
      ...(kind.fourOctetAs ? {} : OLD),
    })
    await peer.sends(...before(kind), bytes, sentinel(kind))

    if (notification !== undefined) {
      const { code, subcode, data } = await peer.next('notification')
      expect(`${code}/${subcode} ${toHex(data)}`).toBe(`${notification.code} ${notification.data}`)
      await it.closed(1)
      expect(it.routes()).toEqual([])
      return
    }
    await it.until(() => it.routes().includes(`${ID} ${SENTINEL}`))
    expect(it.routes()).toEqual([SENTINEL, ...left].map((prefix) => `${ID} ${prefix}`).sort())
    expect(it.newsOf('malformed-update')).toHaveLength(outcome === 'accept' ? 0 : 1)
    expect(it.newsOf('session-closed')).toEqual([])
    if (keeps !== undefined) expect(attributesOf(it, A)).toBe(keeps)
  })
})
