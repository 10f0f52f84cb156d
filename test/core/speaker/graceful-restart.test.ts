// The thirteen cases in which real routers were measured as graceful-restart helpers (G1 to G13); what the RFCs ask is what we do.
import { describe, expect, test } from 'vitest'
import type { WithdrawCause } from '../../../src/core/speaker/contract.ts'
import { DEFAULT_CONTEXT } from '../../../src/core/wire/codec.ts'
import { encodeUpdate } from '../../../src/core/wire/update-encode.ts'
import { Cease, notification } from '../../support/speaker-messages.ts'
import { established, stale } from '../../support/speaker-peer.ts'

const A = '10.5.113.0/24'
const B = '10.99.0.1/32'
const flush = (why: Extract<WithdrawCause, { kind: 'stale-flush' }>['why']) => ({ kind: 'stale-flush', why })
/** The peer sets no N bit; we do. */
const N0 = { gracefulRestart: { time: '20s', notification: false } }
const N1 = { gracefulRestart: { time: '20s', notification: true } }

describe('graceful-restart helper (RFC 4724 §4.2, RFC 8538 §4)', () => {
  test('[row 88] G1: a TCP reset keeps the routes as stale; return, the same routes and End-of-RIB bring no churn', () => {
    const peer = established(N0).announces(A, B).endsRib()
    peer.closes('rst')
    expect(peer.routes()).toEqual([stale(A), stale(B)])

    peer.passes('5s').returns({ restarting: true })
    expect(peer.routes()).toEqual([stale(A), stale(B)])
    peer.announces(A, B)
    expect(peer.routes()).toEqual([A, B])
    peer.endsRib()
    expect(peer.routes()).toEqual([A, B])

    expect(peer.bench.newsOf('route-withdrawn')).toEqual([])
    expect(peer.bench.newsOf('route-announced').slice(2)).toMatchObject([
      { change: 'same', refreshed: true },
      { change: 'same', refreshed: true },
    ])
    expect(peer.bench.newsOf('stale-ended')).toMatchObject([{ why: 'eor', removed: 0 }])
  })

  test('[row 86] G2: what the peer does not announce again is flushed at End-of-RIB', () => {
    const peer = established(N0).announces(A, B).endsRib().closes()
    peer.returns({ restarting: true }).announces(A).endsRib()
    expect(peer.routes()).toEqual([A])
    expect(peer.withdrawals(B)).toEqual([flush('eor')])
  })

  test('[row 85] G3: return with R=1 F=0 flushes at once', () => {
    const peer = established(N0).announces(A).endsRib().closes()
    peer.returns({ restarting: true, forwarding: false })
    expect(peer.routes()).toEqual([])
    expect(peer.withdrawals(A)).toEqual([flush('f-bit-clear')])
  })

  test('[row 98] G4: return with R=0 F=1 keeps until End-of-RIB: the R bit has no say', () => {
    const peer = established(N0).announces(A).endsRib().closes()
    peer.returns({ restarting: false, forwarding: true })
    expect(peer.routes()).toEqual([stale(A)])
    peer.endsRib()
    expect(peer.routes()).toEqual([])
  })

  test('[row 85] G5: return without the capability flushes at once', () => {
    const peer = established(N0).announces(A).endsRib().closes()
    peer.comes({
      capabilities: [
        { code: 1, family: { afi: 1, safi: 1 } },
        { code: 65, asn: 64512 },
      ],
    })
    expect(peer.routes()).toEqual([])
    expect(peer.withdrawals(A)).toEqual([flush('no-capability')])
  })

  test('[row 89] G6: when the restart time of 4 s has passed, the stale routes go', () => {
    const peer = established({ gracefulRestart: { time: '4s' } })
      .announces(A)
      .endsRib()
      .closes()
    peer.passes('3.999s')
    expect(peer.routes()).toEqual([stale(A)])
    peer.passes('1ms')
    expect(peer.routes()).toEqual([])
    expect(peer.withdrawals(A)).toEqual([flush('restart-timer')])
  })

  test('[row 91] G7: a second loss before End-of-RIB, without N, deletes what was stale already', () => {
    const peer = established(N0).announces(A).endsRib().closes()
    peer.returns({ restarting: true }).announces(B).closes()
    expect(peer.routes()).toEqual([stale(B)])
    expect(peer.withdrawals(A)).toEqual([flush('second-close')])
  })

  test('[row 92] G8: NOTIFICATION 6/4 without N flushes', () => {
    const peer = established(N0).announces(A).sends(notification(Cease.AdministrativeReset))
    expect(peer.routes()).toEqual([])
    expect(peer.withdrawals(A)).toMatchObject([{ kind: 'session-closed', cause: { kind: 'notification' } }])
  })

  test('[row 93] G9: NOTIFICATION 6/4 with N on both sides keeps', () => {
    const peer = established(N1).announces(A).sends(notification(Cease.AdministrativeReset))
    expect(peer.routes()).toEqual([stale(A)])
    peer.passes('20s')
    expect(peer.routes()).toEqual([])
  })

  test('[rows 93, 94] G10: Hard Reset 6/9 flushes, N or not', () => {
    const peer = established(N1).announces(A).sends(notification(Cease.HardReset))
    expect(peer.routes()).toEqual([])
    expect(peer.withdrawals(A)).toMatchObject([{ kind: 'session-closed', cause: { kind: 'hard-reset' } }])
  })

  test('[row 92] G11: hold expiry without N flushes', () => {
    const peer = established({ ...N0, holdTime: 3 }).announces(A)
    peer.fallsSilent().passes('3s')
    expect(peer.view.cause).toEqual({ kind: 'hold-expired' })
    expect(peer.routes()).toEqual([])
  })

  test('[row 93] G12: hold expiry with N on both sides keeps, and still sends 4/0', () => {
    const peer = established({ ...N1, holdTime: 3 }).announces(A)
    peer.fallsSilent().passes('3s')
    expect(peer.received.at(-1)).toMatchObject({ type: 'notification', code: 4, subcode: 0 })
    expect(peer.routes()).toEqual([stale(A)])
  })

  test('[rows 28, 99] G13: a new connection while Established takes over; the old one is closed silently and the routes are kept', () => {
    const peer = established(N0).announces(A, B).endsRib()
    const old = peer.session
    peer.returns({ restarting: true })
    expect(peer.view.state).toBe('established')
    expect(peer.bench.speaker.session(old)).toMatchObject({ state: 'closed', cause: { kind: 'replaced' } })
    expect(peer.bench.messages(old).some(({ type }) => type === 'notification')).toBe(false)
    expect(peer.routes()).toEqual([stale(A), stale(B)])
    peer.announces(A).endsRib()
    expect(peer.routes()).toEqual([A])
  })
})

describe('which families stay', () => {
  const IPV4 = { afi: 1, safi: 1 }
  const IPV6 = { afi: 2, safi: 1 }
  const V6 = 'fd10::/64'
  const both = { families: [IPV4, IPV6] }

  test('[row 84] only those of the previous capability; the others go at the loss', () => {
    const peer = established({ ...both, gracefulRestart: { families: [IPV4] } })
      .announces(A)
      .announces(V6)
    peer.closes()
    expect(peer.routes()).toEqual([stale(A)])
    expect(peer.withdrawals(V6)).toEqual([{ kind: 'session-closed', cause: { kind: 'fin' } }])
  })

  test('[rows 19, 89] none, when the capability lists none or the restart time is zero', () => {
    expect(
      established({ gracefulRestart: { families: [] } })
        .announces(A)
        .closes()
        .routes(),
    ).toEqual([])
    expect(
      established({ gracefulRestart: { time: '0s' } })
        .announces(A)
        .closes()
        .routes(),
    ).toEqual([])
  })

  test('none, when we do not offer graceful restart', () => {
    const peer = established({ ...N1, range: { gracefulRestart: undefined } }).announces(A)
    expect(peer.closes().routes()).toEqual([])
  })

  test('[row 85] a family missing from the new capability is flushed at once, the other waits for its End-of-RIB', () => {
    const peer = established({ ...both, gracefulRestart: both })
      .announces(A)
      .announces(V6)
      .closes()
    peer.returns({ families: [IPV6] })
    expect(peer.routes()).toEqual([stale(V6)])
    expect(peer.withdrawals(A)).toEqual([flush('family-missing')])
  })

  test('a family that the new session does not carry is flushed, whatever its F bit says', () => {
    const peer = established({ ...both, gracefulRestart: both })
      .announces(V6)
      .closes()
    peer.comes({ families: [IPV4] })
    expect(peer.withdrawals(V6)).toEqual([flush('family-missing')])
  })

  test('[row 86] End-of-RIB of one family leaves the other alone', () => {
    const peer = established({ ...both, gracefulRestart: both })
      .announces(A)
      .announces(V6)
      .closes()
    peer.returns().endsRib(IPV6)
    expect(peer.routes()).toEqual([stale(A)])
  })
})

describe('timers', () => {
  test('[row 89] the restart timer has the value of the previous OPEN and stops at Established, not at the connection', () => {
    const peer = established(N0).announces(A).closes()
    peer.passes('19s').opens()
    expect(peer.bench.timers()).toContain('restart')
    peer.passes('1s')
    expect(peer.routes()).toEqual([])

    const other = established(N0).announces(A).closes()
    other.passes('19s').returns()
    expect(other.bench.timers()).not.toContain('restart')
    other.passes('30s')
    expect(other.routes()).toEqual([stale(A)])
  })

  test('[row 90] the stale timer bounds what stays when End-of-RIB never comes', () => {
    const peer = established(N0).announces(A).closes().returns().announces(B)
    peer.passes('179.999s')
    expect(peer.routes()).toEqual([stale(A), B].sort())
    peer.passes('1ms')
    expect(peer.routes()).toEqual([B])
    expect(peer.withdrawals(A)).toEqual([flush('stale-timer')])
    expect(peer.bench.newsOf('stale-ended')).toMatchObject([{ why: 'flushed', removed: 1 }])
  })

  test('[rows 90, 91] with N on both sides a peer that restarts again and again keeps its stale routes, but not for ever', () => {
    const peer = established(N1).announces(A).closes()
    peer.passes('10s').returns() // the stale timer starts: 180 s from here
    for (let times = 0; times < 17; times++) peer.closes().passes('10s').returns()
    expect(peer.routes()).toEqual([stale(A)])
    peer.closes().passes('10s')
    expect(peer.routes()).toEqual([])
    expect(peer.withdrawals(A)).toEqual([flush('stale-timer')])
  })

  test('[row 90] a route that went stale later has a bound of its own', () => {
    const peer = established(N1).announces(A).closes().returns().announces(B)
    peer.passes('100s').closes().passes('10s').returns()
    peer.passes('70s')
    expect(peer.routes()).toEqual([stale(B)])
    peer.passes('110s')
    expect(peer.routes()).toEqual([])
  })

  test('[row 107] views say since when and until when a route is stale', () => {
    const peer = established(N0).announces(A)
    const lost = peer.passes('1s').bench.now
    peer.closes()
    const [route] = [...peer.bench.speaker.routes(peer.key)]
    expect(route?.stale).toEqual({ since: lost, until: lost + 20e6 })
    expect(peer.bench.newsOf('stale-started')).toMatchObject([{ routes: 1, until: lost + 20e6 }])
    peer.passes('5s').returns()
    const [back] = [...peer.bench.speaker.routes(peer.key)]
    expect(back?.stale).toEqual({ since: lost, until: peer.bench.now + 180e6 })
    expect(back?.since).toBe(lost - 1e6)
  })
})

test('a table of 150,000 routes goes stale and goes away in one piece', () => {
  const peer = established(N0)
  const nextHop = { global: { afi: 1 as const, words: [0x7f00000e] } }
  for (let first = 0; first < 150_000; first += 500) {
    const nlri = Array.from({ length: 500 }, (_, n) => ({
      prefix: { afi: 1 as const, words: [0x0a000000 + first + n], length: 32 },
    }))
    const content = {
      reach: [{ family: { afi: 1, safi: 1 }, nextHop, nlri }],
      attributes: { origin: 0, asPath: [] } as const,
    }
    peer.sends(encodeUpdate(content, DEFAULT_CONTEXT))
  }
  peer.closes()
  expect(peer.bench.speaker.peer(peer.key)).toMatchObject({ routes: 150_000, staleRoutes: 150_000 })
  peer.passes('20s')
  expect(peer.bench.speaker.peer(peer.key)?.routes).toBe(0)
})

describe('hard resets and notifications', () => {
  test('Hard Reset while routes are stale flushes them as such', () => {
    const peer = established(N1).announces(A).closes().returns().sends(notification(Cease.HardReset))
    expect(peer.withdrawals(A)).toEqual([flush('hard-reset')])
  })

  test('[row 93] our own NOTIFICATION keeps routes too when both set N', () => {
    const peer = established(N1).announces(A)
    peer.bench.command({ command: 'notify', peer: peer.key, code: 6, subcode: 4 })
    expect(peer.routes()).toEqual([stale(A)])
  })

  test('[row 93] our own Hard Reset flushes', () => {
    const peer = established(N1).announces(A)
    peer.bench.command({ command: 'notify', peer: peer.key, code: 6, subcode: 9 })
    expect(peer.view.cause).toMatchObject({ kind: 'hard-reset', by: 'us' })
    expect(peer.routes()).toEqual([])
  })

  test('[row 92] the N bit counts only when we offer it as well', () => {
    const range = { gracefulRestart: { time: 120, notification: false, families: [], staleTime: 180 } }
    const peer = established({ ...N1, range })
      .announces(A)
      .sends(notification(Cease.AdministrativeReset))
    expect(peer.routes()).toEqual([])
  })
})
