import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatPrefix } from '../../src/core/ip/text.ts'
import { readConfigFile } from '../../src/harness/config-file.ts'
import { resolveSettings } from '../../src/harness/options.ts'

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

test.each([
  [{}, 'asn: is not given'],
  [{ asn: 0 }, 'asn'],
  [{ asn: 1, lisen: 'x' }, 'lisen: no such option'],
  [{ asn: 1, peers: [{ from: 'nonsense' }] }, 'peers[0].from: "nonsense" is no IP address or prefix'],
  [
    { asn: 1, peers: [{ from: '10.0.0.0/8', holdTime: 2 }] },
    'peers[0].holdTime: the hold time is 0 or at least 3',
  ],
  [{ asn: 1, peers: [{ from: '10.0.0.0/8', families: ['ipx'] }] }, 'peers[0].families[0]'],
  [{ asn: 1, settle: 'soon' }, 'settle: "soon" is no duration'],
  [{ asn: 1, identifier: '1.2.3' }, 'identifier'],
])('%j is refused with the key', (settings, message) => {
  expect(() => resolveSettings(settings)).toThrow(
    expect.objectContaining({ code: 'RW_CONFIG', message: expect.stringContaining(message) }),
  )
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

test('a file that cannot be read is named', () => {
  expect(() => readConfigFile('/nonexistent/routewitness.yaml')).toThrow('/nonexistent/routewitness.yaml')
})

test('what to do about a missing AS number is said by the flag and by the key', () => {
  expect(() => resolveSettings({})).toThrow(
    expect.objectContaining({ remedy: 'Give --asn, our AS number (or asn: in the file).' }),
  )
})
