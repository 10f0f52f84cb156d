import { describe, expect, test } from 'vitest'
import { established } from '../../support/speaker-peer.ts'
import { update } from '../../support/speaker-messages.ts'

const A = '10.5.113.0/24'
const B = '10.5.114.0/24'
const attributes = (community: number) => ({
  origin: 0 as const,
  asPath: [{ type: 2 as const, asns: [64512] }],
  communities: [community],
})

describe('routes', () => {
  test('an announcement is new, the same again, or changed', () => {
    const node = established()
    node.sends(update({ prefixes: [A], attributes: attributes(1) }))
    node.sends(update({ prefixes: [A], attributes: attributes(1) }))
    node.sends(update({ prefixes: [A], attributes: attributes(2) }))
    node.sends(update({ prefixes: [A], attributes: attributes(2), nextHop: '127.0.0.15' }))
    const changes = node.bench.newsOf('route-announced').map(({ change }) => change)
    expect(changes).toEqual(['new', 'same', 'changed', 'changed'])
  })

  test('a change of attributes is no break; a withdrawal is one', () => {
    const node = established()
    const [first] = [node.bench.now, node.sends(update({ prefixes: [A], attributes: attributes(1) }))]
    node.passes('1s').sends(update({ prefixes: [A], attributes: attributes(2) }))
    const [route] = [...node.bench.speaker.routes(node.key)]
    expect(route).toMatchObject({ since: first, attributes: { decoded: { communities: [2] } } })
    expect(route!.event).toBeGreaterThan(route!.firstEvent)

    node.withdraws(A).announces(A)
    const [again] = [...node.bench.speaker.routes(node.key)]
    expect(again?.since).toBe(node.bench.now)
  })

  test('withdrawing what was never announced is harmless', () => {
    const node = established().announces(A).withdraws(B)
    expect(node.routes()).toEqual([A])
    expect(node.bench.newsOf('route-withdrawn')).toMatchObject([{ existed: false, cause: { kind: 'wire' } }])
    expect(node.view.state).toBe('established')
  })

  test('[row 45] a prefix withdrawn and announced in one UPDATE is announced (RFC 4271 §4.3)', () => {
    const node = established().announces(A, B)
    const since = node.bench.now
    node.passes('1s').sends(update({ prefixes: [A], withdrawn: [A, B] }))
    expect(node.routes()).toEqual([A])
    expect([...node.bench.speaker.routes(node.key)][0]?.since).toBe(since)
    expect(node.withdrawals(A)).toEqual([])
  })

  test('IPv6 and IPv4 stand side by side, and go with the session', () => {
    const families = [
      { afi: 1, safi: 1 },
      { afi: 2, safi: 1 },
    ]
    const node = established({ families }).announces(A).announces('fd10::/64')
    expect(node.routes()).toEqual([A, 'fd10::/64'])
    node.closes()
    expect(node.routes()).toEqual([])
    expect(node.withdrawals(A)).toEqual([{ kind: 'session-closed', cause: { kind: 'fin' } }])
  })

  test('views count UPDATEs and name the End-of-RIB that came', () => {
    const node = established().announces(A).announces(B).endsRib().endsRib()
    expect(node.view).toMatchObject({ updates: 2, endOfRib: ['1/1'] })
    expect(node.bench.speaker.peer(node.key)).toMatchObject({ routes: 2, staleRoutes: 0 })
  })
})

describe('malformed UPDATE (RFC 7606)', () => {
  /** ORIGIN 7 in an UPDATE that withdraws one prefix and announces another. */
  const wrongOrigin = () => {
    const bytes = new Uint8Array(update({ prefixes: [A], withdrawn: [B] }))
    const at = bytes.findIndex(
      (_, index) => bytes[index] === 0x40 && bytes[index + 1] === 1 && bytes[index + 2] === 1,
    )
    bytes[at + 3] = 7
    return bytes
  }

  test('[row 38] treat-as-withdraw takes all NLRI of the message out, each for its own reason, and the session stays', () => {
    const node = established().announces(A, B).sends(wrongOrigin())
    expect(node.routes()).toEqual([])
    expect(node.withdrawals(A)).toEqual([{ kind: 'malformed' }])
    expect(node.withdrawals(B)).toEqual([{ kind: 'wire' }])
    expect(node.bench.newsOf('malformed-update')).toHaveLength(1)
    expect(node.view.state).toBe('established')
  })

  test('session-reset sends the NOTIFICATION and ends the session, and no other one', () => {
    const other = established({ identifier: '2.2.2.2', address: '127.0.0.15' }).announces(B)
    const node = established({ bench: other.bench }).announces(A)
    const bytes = new Uint8Array(update({ prefixes: [A] }))
    bytes[20] = 0xff // Withdrawn Routes Length beyond the end
    node.sends(bytes)
    expect(node.received.at(-1)).toMatchObject({ type: 'notification', code: 3, subcode: 1 })
    expect(node.view.cause).toMatchObject({ kind: 'notification', by: 'us', notification: { code: 3 } })
    expect(node.routes()).toEqual([])
    expect(other.view.state).toBe('established')
    expect(other.routes()).toEqual([B])
  })

  test('an attribute that is discarded, LOCAL_PREF from an external peer, leaves the route', () => {
    const node = established().sends(
      update({ prefixes: [A], attributes: { ...attributes(1), localPref: 5 } }),
    )
    expect(node.routes()).toEqual([A])
    expect([...node.bench.speaker.routes(node.key)][0]?.attributes.decoded.localPref).toBeUndefined()
    expect(node.bench.newsOf('malformed-update')).toHaveLength(1)
  })
})
