import { expect, test } from 'vitest'
import { RawPeer } from '../support/raw-peer.ts'
import { RunningRouter } from '../support/running-router.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'
import { keepalive, open, update } from '../support/speaker-messages.ts'

/** Bytes that look random and are the same every time (xorshift). */
function junk(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[at] = state & 0xff
  }
  return bytes
}

/** A router with a peer that behaves, and what proves that it still does. */
async function withGoodPeer(): Promise<{
  it: RunningRouter
  good: ScriptedPeer
  stillUp: () => Promise<void>
}> {
  const it = await RunningRouter.start()
  const good = await ScriptedPeer.establish(it.address, { identifier: '192.168.77.1' })
  let count = 0
  return {
    it,
    good,
    stillUp: async () => {
      count += 1
      await good.announces(`10.9.${count}.0/24`)
      await it.untilRoutes(count)
      expect(it.router.observer.world.speaker.session(1)?.state).toBe('established')
      expect(it.problems).toEqual([])
    },
  }
}

test('junk gets 1/1, its beginning is recorded, and other sessions go on', async () => {
  const { it, stillUp } = await withGoodPeer()
  const bad = await ScriptedPeer.dial(it.address)
  const bytes = junk(5000)
  await bad.sends(bytes)
  expect(await bad.notification()).toBe('1/1')
  await it.gone(2)
  const [unframed] = it.eventsOf('unframed')
  expect(unframed).toMatchObject({ session: 2, subcode: 1 })
  expect(unframed!.bytes.length).toBeLessThanOrEqual(4096)
  expect(Buffer.from(unframed!.bytes).equals(bytes.subarray(0, unframed!.bytes.length))).toBe(true)
  await stillUp()
})

test('a length that cannot be gets 1/2 in the middle of an established session', async () => {
  const { it, stillUp } = await withGoodPeer()
  const bad = await ScriptedPeer.establish(it.address)
  const header = keepalive.slice()
  header[17] = 18
  await bad.sends(update({ prefixes: ['10.5.113.0/24'] }), header)
  expect(await bad.notification()).toBe('1/2')
  await it.gone(2)
  expect(it.newsOf('route-announced')).toMatchObject([{ session: 2 }])
  await stillUp()
})

test('half a header and then nothing is in the record', async () => {
  const { it, stillUp } = await withGoodPeer()
  const bad = await RawPeer.dial(it.address)
  await bad.write(open().subarray(0, 10))
  bad.finish()
  expect(await it.gone(2)).toMatchObject({
    how: 'fin',
    message: `ended inside a message, after 10 octets: ${'ff'.repeat(10)}`,
  })
  await stillUp()
})

test('100 MB of junk are read and forgotten while others work', async () => {
  const { it, good, stillUp } = await withGoodPeer()
  const bad = await RawPeer.dial(it.address)
  const megabyte = junk(1024 * 1024)
  let answered = 0
  for (let n = 0; n < 100; n++) {
    await bad.write(megabyte)
    if (n % 20 === 0) {
      await stillUp()
      answered += 1
    }
  }
  expect(answered).toBe(5)
  bad.finish()
  await it.gone(2)
  expect(it.eventsOf('unframed')).toHaveLength(1)
  expect(it.router.stats.bytesIn).toBe(100 * megabyte.length + 1 * (await sentBy(good)))
  good.raw.reset()
})

/** Octets that a peer has sent. */
async function sentBy(peer: ScriptedPeer): Promise<number> {
  return peer.raw.socket.bytesWritten
}

test('what looks like messages but is not harms nobody', async () => {
  const { it, stillUp } = await withGoodPeer()
  for (let seed = 1; seed <= 200; seed++) {
    const bad = await ScriptedPeer.dial(it.address)
    const session = it.router.stats.connections
    // A right header of every type around junk, on a session that has seen an OPEN half of the time.
    const body = junk(seed % 60, seed)
    const message = new Uint8Array(19 + body.length).fill(0xff, 0, 16)
    message.set([message.length >>> 8, message.length & 0xff, seed % 7], 16)
    message.set(body, 19)
    await bad.sends(...(seed % 2 === 0 ? [open({ identifier: '192.168.77.2' }), keepalive] : []), message)
    bad.raw.finish()
    await it.gone(session)
  }
  await stillUp()
})
