import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { formatPrefix } from '../../src/core/ip/text.ts'
import { readConfigFile } from '../../src/harness/config-file.ts'
import { resolveSettings, type RouterSettings } from '../../src/harness/options.ts'

test('with an AS number alone everybody may peer, and we are a pure graceful-restart helper', () => {
  const { speaker, listen, trace, settle } = resolveSettings({ asn: 64512 })
  expect(listen).toEqual(['0.0.0.0:1790', '[::]:1790'])
  expect(trace).toBeUndefined()
  expect(settle).toBe(15_000_000)
  expect(speaker.peers.map((peer) => formatPrefix(peer.from))).toEqual(['0.0.0.0/0', '::/0'])
  expect(speaker.peers[0]).toMatchObject({
    asn: undefined,
    holdTime: 90,
    gracefulRestart: { time: 120, notification: true, families: [], staleTime: 180 },
    extendedNextHop: false,
    onSilence: 'report',
  })
})

test('an address without a length is a host', () => {
  const { speaker } = resolveSettings({ asn: 1, peers: [{ from: '192.0.2.7' }, { from: 'fd00::7' }] })
  expect(speaker.peers.map((peer) => formatPrefix(peer.from))).toEqual(['192.0.2.7/32', 'fd00::7/128'])
})

test('a peer that is dialled comes from that address, and both sides may open connections', () => {
  const { speaker } = resolveSettings({
    asn: 1,
    peers: [{ dial: '127.0.0.2:1179' }, { dial: '[fe80::2%lo]:179' }],
  })
  expect(speaker.peers.map((peer) => formatPrefix(peer.from))).toEqual(['127.0.0.2/32', 'fe80::2/128'])
  expect(speaker.peers.map(({ dial }) => dial)).toEqual([
    { address: '127.0.0.2', port: 1179, connectRetry: 120, accept: true },
    { address: 'fe80::2%lo', port: 179, connectRetry: 120, accept: true },
  ])
})

test('mode, source address, retry time and damping of dialling', () => {
  const entry = {
    dial: '127.0.0.2:179',
    localAddress: '127.0.0.1',
    connectRetry: '1s',
    damping: true,
  } as const
  const dialOf = (mode: 'active' | 'passive' | 'both') =>
    resolveSettings({ asn: 1, peers: [{ ...entry, from: '127.0.0.2', mode }] }).speaker.peers[0]?.dial
  expect(dialOf('active')).toEqual({
    address: '127.0.0.2',
    port: 179,
    localAddress: '127.0.0.1',
    connectRetry: 1,
    accept: false,
    damping: true,
  })
  expect(dialOf('both')?.accept).toBe(true)
  expect(dialOf('passive')).toBeUndefined()
})

test('ADD-PATH, the prefix limit and the extended OPEN are offered when asked for', () => {
  const { speaker } = resolveSettings({
    asn: 1,
    peers: [{ from: '10.0.0.0/8', addPath: 'receive', maxPrefixes: 100, extendedParameters: true }],
  })
  expect(speaker.peers[0]).toMatchObject({ addPath: 'receive', maxPrefixes: 100, extendedParameters: true })
})

test.each([
  [{}, 'asn: is not given'],
  [{ asn: 1, peers: [{}] }, 'peers[0].from: a peer needs this, or an address to dial'],
  [{ asn: 1, peers: [{ dial: 'upstream:179' }] }, "peers[0].dial: cannot dial 'upstream:179'"],
  [{ asn: 1, peers: [{ dial: '127.0.0.2:0' }] }, 'peers[0].dial: cannot dial'],
  [
    { asn: 1, peers: [{ dial: '127.0.0.2:179', from: '127.0.0.0/8' }] },
    'peers[0].from: a peer that is dialled',
  ],
  [{ asn: 1, peers: [{ from: '127.0.0.2', mode: 'both' }] }, 'peers[0].mode: both needs an address to dial'],
  [
    { asn: 1, peers: [{ dial: '127.0.0.2:179', connectRetry: '500ms' }] },
    'peers[0].connectRetry: whole seconds',
  ],
  [{ asn: 1, peers: [{ dial: '127.0.0.2:179', connectRetry: 'soon' }] }, 'peers[0].connectRetry'],
  [{ asn: 1, peers: [{ dial: '127.0.0.2:179', localAddress: '::1' }] }, "peers[0].localAddress: '::1'"],
  [{ asn: 0 }, 'asn'],
  [{ asn: 1, lisen: 'x' }, 'lisen: no such option'],
  [{ asn: 1, peers: [{ from: 'nonsense' }] }, 'peers[0].from: "nonsense" is no IP address or prefix'],
  [
    { asn: 1, peers: [{ from: '10.0.0.0/8', holdTime: 2 }] },
    'peers[0].holdTime: the hold time is 0 or at least 3',
  ],
  [{ asn: 1, peers: [{ from: '10.0.0.0/8', families: ['ipx'] }] }, 'peers[0].families[0]'],
  [
    {
      asn: 1,
      peers: [
        { from: '10.0.0.0/8', asn: 2 },
        { from: '10.0.0.7/8', asn: 3, holdTime: 30 },
      ],
    },
    'peers[1].holdTime: differs from peers[0], which has the same prefix',
  ],
  [
    { asn: 1, peers: [{ from: 'fd00::1' }, { from: 'fd00::1/128', asn: 3, gracefulRestart: 'off' }] },
    'peers[1].gracefulRestart: differs from peers[0]',
  ],
  [{ asn: 1, settle: 'soon' }, 'settle: "soon" is no duration'],
  [{ asn: 1, identifier: '1.2.3' }, 'identifier'],
])('%j is refused with the key', (settings, message) => {
  expect(() => resolveSettings(settings)).toThrow(
    expect.objectContaining({ code: 'RW_CONFIG', message: expect.stringContaining(message) }),
  )
})

test('one prefix may have several AS numbers, and a part of it other terms', () => {
  const { speaker } = resolveSettings({
    asn: 1,
    peers: [
      { from: '10.0.0.0/8', asn: 2 },
      { from: '10.0.0.0/8', asn: 3 },
      { from: '10.0.0.7', asn: 2, holdTime: 30 },
    ],
  })
  expect(speaker.peers.map(({ asn, holdTime }) => [asn, holdTime])).toEqual([
    [2, 90],
    [3, 90],
    [2, 30],
  ])
})

function configFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'routewitness-config-')), 'routewitness.yaml')
  writeFileSync(file, text)
  return file
}

test('a wrong key in a file is named with file and line', () => {
  const file = configFile('asn: 64512\npeers:\n  - from: 10.0.0.0/8\n    holdTime: 2\n')
  const { settings, locate } = readConfigFile(file)
  expect(() => resolveSettings(settings, locate)).toThrow(`${file}:4: peers[0].holdTime`)
})

test('an unknown key in a file is named with file and line', () => {
  const file = configFile('asn: 64512\n\nlisen: 0.0.0.0:1790\n')
  const { settings, locate } = readConfigFile(file)
  expect(() => resolveSettings(settings, locate)).toThrow(`${file}:3: lisen: no such option`)
})

test.each([
  ['asn: [1\n', ':2: '],
  ['- 1\n', ':1: the file is no mapping'],
])('a file that is no mapping is refused with its line: %j', (text, message) => {
  expect(() => readConfigFile(configFile(text))).toThrow(
    expect.objectContaining({ code: 'RW_CONFIG', message: expect.stringContaining(message) }),
  )
})

test('a value that YAML takes for an alias is no error of ours, and is not shown', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'routewitness-alias-')), 'routewitness.yaml')
  writeFileSync(file, 'asn: 1\npeers:\n  - from: 127.0.0.1\n    password: *hunter2\n')
  let said: unknown
  try {
    readConfigFile(file)
  } catch (error) {
    said = error
  }
  expect(said).toMatchObject({ code: 'RW_CONFIG', remedy: 'Put quotes around the value.' })
  expect(String(said)).not.toMatch(/hunter/)
})

test('a file that cannot be read is named', () => {
  expect(() => readConfigFile('/nonexistent/routewitness.yaml')).toThrow('/nonexistent/routewitness.yaml')
})

test('what to do about a missing AS number is said by the flag and by the key', () => {
  expect(() => resolveSettings({})).toThrow(
    expect.objectContaining({ remedy: 'Give our AS number: asn, or --asn.' }),
  )
})

test.each<[settings: object, message: string]>([
  [{ asn: 1, lisen: 'x' }, 'lisen: no such option (did you mean listen?)'],
  [
    { asn: 1, peers: [{ from: '::/0' }, { from: '::/0', holdtime: 9 }] },
    'peers[1].holdtime: no such option (did you mean holdTime?)',
  ],
  [
    { asn: 1, trace: { directory: 'x', rotatebytes: 1 } },
    'trace.rotatebytes: no such option (did you mean rotateBytes?)',
  ],
  [
    { asn: 1, peers: [{ from: '::/0', gracefulRestart: { tim: 3 } }] },
    'peers[0].gracefulRestart.tim: no such option (did you mean time?)',
  ],
  [
    { asn: 1, peers: [{ from: '::/0', gracefulRestart: { time: 5000 } }] },
    'peers[0].gracefulRestart.time: Too big: expected number to be <=4095',
  ],
  [{ asn: 1, limits: { x: 1 } }, 'limits.x: no such option (there are connectionsPerSource, connections)'],
])('a wrong key is named with its path and the nearest right one: %j', (settings, message) => {
  expect(() => resolveSettings(settings)).toThrow(message)
})

test('keys and GTSM stand apart from what is recorded; the key may be a line of a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-key-'))
  const file = join(directory, 'password')
  writeFileSync(file, 'in a file\n')
  const { security, speaker } = resolveSettings({
    asn: 1,
    peers: [
      { from: '198.18.0.0/15', password: 'of a range' },
      { from: '198.18.0.0/15', asn: 7, password: 'of a range' },
      { dial: '[fd00::2]:179', passwordFile: file, ttlSecurity: true },
      { from: '192.0.2.1' },
    ],
  })
  expect(security.map(({ from, ...rest }) => [formatPrefix(from), rest])).toEqual([
    ['198.18.0.0/15', { password: 'of a range', ttlSecurity: false }],
    ['fd00::2/128', { password: 'in a file', ttlSecurity: true }],
    ['192.0.2.1/32', { ttlSecurity: false }],
  ])
  expect(JSON.stringify(speaker)).not.toMatch(/password|of a range|in a file|ttl/i)
})

test.each<[peers: RouterSettings['peers'], message: string]>([
  [[{ from: '::/0', password: '' }], 'peers[0].password: '],
  [
    [{ from: '::/0', password: 'ü'.repeat(41) }],
    'peers[0].password: a key has 1 to 80 octets, this one has 82',
  ],
  [
    [{ from: '::/0', password: 'a', passwordFile: 'b' }],
    'peers[0].passwordFile: there is a password, too: give one of them',
  ],
  [[{ from: '::/0', passwordFile: '/nowhere/key' }], 'peers[0].passwordFile: /nowhere/key: ENOENT'],
  [
    [{ from: '::/0', passwordFile: fileURLToPath(import.meta.url) }],
    `peers[0].passwordFile: ${fileURLToPath(import.meta.url)} has more than one line`,
  ],
  [
    [{ from: '127.0.0.7' }, { from: '127.0.0.0/8', password: 'of one' }],
    'peers[0].password: is not given, and 127.0.0.0/8 has one, which the kernel asks of all that lies within',
  ],
  [
    [
      { from: '127.0.0.1', asn: 1, password: 'of one' },
      { from: '127.0.0.1', asn: 2, password: 'of the other' },
    ],
    'peers[1].password: differs from another entry of 127.0.0.1/32',
  ],
  [
    [
      { from: '127.0.0.1', asn: 1, ttlSecurity: true },
      { from: '127.0.0.1', asn: 2 },
    ],
    'peers[1].ttlSecurity: differs from another entry of 127.0.0.1/32',
  ],
])('a key that cannot be is named, and not shown: %#', (peers, message) => {
  let said = ''
  try {
    resolveSettings({ asn: 1, peers })
  } catch (error) {
    said = (error as Error).message
  }
  expect(said.startsWith(message)).toBe(true)
  expect(said).not.toMatch(/of one|of the other|ü/)
})
