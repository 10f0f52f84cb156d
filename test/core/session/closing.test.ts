// Every way in which a session ends, and what stands in the record then.
import { describe, expect, test } from 'vitest'
import { BgpError } from '../../../src/core/errors/bgp-error.ts'
import { describeCause } from '../../../src/core/session/describe.ts'
import { message } from '../../support/hex.ts'
import { Bench, config } from '../../support/speaker-bench.ts'
import { Cease, keepalive, notification, open, refresh, update } from '../../support/speaker-messages.ts'
import { established, peer } from '../../support/speaker-peer.ts'

const codesOf = (bench: Bench, session: number) => {
  const last = bench.messages(session).at(-1)
  return last?.type === 'notification' ? `${last.code}/${last.subcode}` : undefined
}

describe('close cause', () => {
  test('fin and rst: the peer went without a word', () => {
    expect(established().closes('fin').view.cause).toEqual({ kind: 'fin' })
    expect(established().closes('rst').view.cause).toEqual({ kind: 'rst' })
  })

  test('[row 113] fin: the peer went before our OPEN could reach it', () => {
    const bench = new Bench()
    const session = bench.connect()
    bench.input({ type: 'connection-closed', session, how: 'fin' })
    expect(bench.speaker.session(session)).toMatchObject({
      state: 'closed',
      cause: { kind: 'fin' },
      peer: undefined,
    })
    expect(bench.timers()).toEqual([])
  })

  test('error: the socket failed otherwise', () => {
    const lost = established()
    lost.bench.input({ type: 'connection-closed', session: 1, how: 'error', message: 'ETIMEDOUT' })
    expect(lost.view.cause).toEqual({ kind: 'error', message: 'ETIMEDOUT' })
  })

  test('notification: by the peer, with what it said', () => {
    const reset = established().sends(notification(Cease.PeerDeconfigured))
    expect(reset.view.cause).toEqual({
      kind: 'notification',
      by: 'peer',
      notification: { code: 6, subcode: 3, data: '' },
    })
    const spoken = established().sends(notification(Cease.AdministrativeReset, 'Peer configuration changed'))
    expect(spoken.view.cause).toMatchObject({ notification: { text: 'Peer configuration changed' } })
    expect(spoken.bench.newsOf('notification')).toMatchObject([{ direction: 'in', code: 6, subcode: 4 }])
  })

  test('notification: by us', () => {
    const ended = established()
    ended.bench.command({ command: 'notify', peer: ended.key, code: 6, subcode: 4 })
    expect(ended.view.cause).toMatchObject({
      kind: 'notification',
      by: 'us',
      notification: { code: 6, subcode: 4 },
    })
    expect(ended.bench.newsOf('notification')).toMatchObject([{ direction: 'out', code: 6, subcode: 4 }])
  })

  test('hard-reset: Cease 6/9', () => {
    expect(established().sends(notification(Cease.HardReset)).view.cause).toMatchObject({
      kind: 'hard-reset',
      by: 'peer',
    })
  })

  test('a Hard Reset is described with what it stands for, as FRR says it when both sides set the N bit', () => {
    const bytes = message('001d 03 0609 0602 05 68656c6c6f')
    const { cause } = established().sends(bytes).view
    expect(describeCause(cause!)).toBe(
      'NOTIFICATION 6/9 Cease/Hard Reset for 6/2 Cease/Administrative Shutdown "hello" sent by the peer',
    )
  })

  test('[row 23] hold-expired: 4/0 after the negotiated time, counted from the last KEEPALIVE or UPDATE', () => {
    for (const last of [update({ prefixes: ['10.0.0.0/24'] }), keepalive]) {
      const quiet = established({ holdTime: 9 }).fallsSilent().passes('5s').sends(last)
      quiet.passes('8.999s')
      expect(quiet.view.state).toBe('established')
      quiet.passes('1ms')
      expect(quiet.view.cause).toEqual({ kind: 'hold-expired' })
      expect(codesOf(quiet.bench, 1)).toBe('4/0')
    }
  })

  test('[row 21] hold-expired: in OpenSent after four minutes, in OpenConfirm after the negotiated time', () => {
    const bench = new Bench()
    const session = bench.connect()
    bench.passes('239s')
    expect(bench.speaker.session(session)?.state).toBe('open-sent')
    bench.passes('1s')
    expect(bench.speaker.session(session)?.cause).toEqual({ kind: 'hold-expired' })

    const halfway = peer({ holdTime: 3 }).opens().passes('3s')
    expect(halfway.view.cause).toEqual({ kind: 'hold-expired' })
  })

  test('replaced: the same peer, with graceful restart, opened another connection', () => {
    const twice = established({ gracefulRestart: {} })
    twice.returns()
    expect(twice.bench.speaker.session(1)?.cause).toEqual({ kind: 'replaced' })
  })

  test('open-error: by us and by the peer', () => {
    expect(peer({ holdTime: 1 }).opens().view.cause).toMatchObject({ kind: 'open-error', by: 'us' })
    const refused = peer()
      .opens()
      .sends(notification([2, 2]))
    expect(refused.view.cause).toMatchObject({
      kind: 'open-error',
      by: 'peer',
      notification: { code: 2, subcode: 2 },
    })
  })

  test('[row 114] unknown-peer: no configured range contains the address; 6/5 and no OPEN', () => {
    const bench = new Bench()
    const session = bench.connect('192.0.2.1')
    expect(bench.speaker.session(session)).toMatchObject({ state: 'closed', cause: { kind: 'unknown-peer' } })
    expect(bench.messages(session)).toMatchObject([{ type: 'notification', code: 6, subcode: 5 }])
  })

  test('limit: there were too many connections; 6/5', () => {
    const bench = new Bench()
    const session = bench.connect('127.0.0.14', 'source')
    expect(bench.speaker.session(session)?.cause).toEqual({ kind: 'limit', limit: 'source' })
    expect(codesOf(bench, session)).toBe('6/5')
  })

  test('stopped: 6/2 to every session, and none is accepted afterwards', () => {
    const last = established()
    last.bench.command({ command: 'stop' })
    expect(last.view.cause).toEqual({ kind: 'stopped' })
    expect(codesOf(last.bench, 1)).toBe('6/2')
    const late = last.bench.connect()
    expect(last.bench.speaker.session(late)).toMatchObject({ state: 'closed', cause: { kind: 'stopped' } })
  })

  test('fin or rst by us: ordered from above', () => {
    const dropped = established()
    dropped.bench.command({ command: 'disconnect', peer: dropped.key, how: 'rst' })
    expect(dropped.view.cause).toEqual({ kind: 'rst', by: 'us' })
    expect(dropped.bench.closed.get(1)).toBe('rst')
    expect(codesOf(dropped.bench, 1)).toBeUndefined()
  })
})

describe('a NOTIFICATION of ours', () => {
  test('[row 30] is followed by a half-close, and by a reset when the peer keeps its side open', () => {
    const bad = established()
    bad.bench.peersClose = false
    bad.bench.command({ command: 'notify', peer: bad.key, code: 6, subcode: 4 })
    expect(bad.bench.closed.get(1)).toBe('fin')
    expect(bad.bench.timers()).toEqual(['linger'])
    bad.passes('5s')
    expect(bad.bench.closed.get(1)).toBe('rst')
  })

  test('is the last word: what still comes on that connection changes nothing', () => {
    const bad = established().announces('10.0.0.0/24')
    bad.bench.peersClose = false
    bad.bench.command({ command: 'notify', peer: bad.key, code: 6, subcode: 4 })
    const before = bad.bench.effects.length
    bad
      .sends(update({ prefixes: ['10.1.0.0/24'] }))
      .sends(notification([4, 0]))
      .sends(Uint8Array.of(1, 2, 3))
    expect(bad.bench.effects.length).toBe(before)
    expect(bad.routes()).toEqual([])
  })
})

describe('[row 22] finite state machine errors (RFC 6608) carry the type of the message', () => {
  const unexpected = {
    open: open(),
    update: update({ prefixes: ['10.0.0.0/24'] }),
    refresh: refresh(),
    keepalive,
  }
  const types = { open: 1, update: 2, refresh: 5, keepalive: 4 }

  test.each([
    ['5/1', 'open-sent', ['update', 'refresh', 'keepalive']],
    ['5/2', 'open-confirm', ['open', 'update', 'refresh']],
    ['5/3', 'established', ['open']],
  ] as const)('%s in %s', (expected, state, names) => {
    for (const name of names) {
      const subject = peer()
      if (state === 'open-sent') subject.session = subject.bench.connect()
      else if (state === 'open-confirm') subject.opens()
      else subject.comes()
      expect(subject.view.state).toBe(state)
      subject.sends(unexpected[name])
      const last = subject.received.at(-1)
      expect(last?.type === 'notification' && `${last.code}/${last.subcode}`).toBe(expected)
      expect(last).toMatchObject({ data: Uint8Array.of(types[name]) })
    }
  })
})

describe('bytes that are no message', () => {
  const junk = new Uint8Array(19).fill(0xff)

  test('[row 2] 1/1 for the marker, 1/2 with the length for the length', () => {
    const marker = established()
    marker.bench.input({ type: 'unframed', session: 1, bytes: new Uint8Array(19), subcode: 1 })
    expect(codesOf(marker.bench, 1)).toBe('1/1')
    const length = established()
    length.bench.input({ type: 'unframed', session: 1, bytes: junk, subcode: 2 })
    expect(length.received.at(-1)).toMatchObject({ code: 1, subcode: 2, data: Uint8Array.of(0xff, 0xff) })
    expect(length.view.cause).toMatchObject({ kind: 'notification', by: 'us' })
  })

  test('[row 2] 1/3 for an unknown type', () => {
    const bytes = new Uint8Array(keepalive)
    bytes[18] = 9
    const typed = established().sends(bytes)
    expect(typed.received.at(-1)).toMatchObject({ code: 1, subcode: 3, data: Uint8Array.of(9) })
  })

  test('[row 29] a NOTIFICATION that cannot be read is not answered', () => {
    const bytes = notification([6, 4]).slice(0, 20)
    bytes[17] = 20
    const odd = established().sends(bytes)
    expect(odd.view.state).toBe('established')
    expect(odd.bench.newsOf('malformed-notification')).toHaveLength(1)
  })

  test('[row 79] a ROUTE-REFRESH of wrong length is 7/1 where RFC 7313 was negotiated, a header error elsewhere', () => {
    const bytes = new Uint8Array([...refresh(), 0])
    bytes[17] = 24
    expect(codesOf(established().sends(bytes).bench, 1)).toBe('1/2')
    const enhanced = established({ range: { enhancedRouteRefresh: true }, extra: [{ code: 70 }] }).sends(
      bytes,
    )
    expect(codesOf(enhanced.bench, 1)).toBe('7/1')
    expect(new BgpError('BGP_ERR_REFRESH_LENGTH').notification).toMatchObject({ code: 7, subcode: 1 })
  })
})

test('a peer whose AS matches no more gets what the configuration says', () => {
  const bench = new Bench(config({ asn: 64512 }))
  expect(peer({ bench, asn: 64999 }).opens().view.cause).toMatchObject({
    notification: { code: 2, subcode: 2 },
  })
})
