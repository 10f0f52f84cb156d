import { describe, expect, test } from 'vitest'
import { parseAddress, parsePrefix } from '../../../src/core/ip/text.ts'
import type { ClusterObject, EventBody } from '../../../src/core/stream/events.ts'
import { eventFromJson, eventToJson, type LineEvent } from '../../../src/core/stream/json.ts'
import { IPV4_UNICAST } from '../../../src/core/wire/message.ts'
import { ciliumNode, CONFIG, LiveStream, play } from '../../support/live-stream.ts'

type LineBody = Exclude<EventBody, { readonly type: 'message' }>

const live = new LiveStream()
play(live)

/** At least one of each type, with and without what is optional. */
const BODIES: readonly LineBody[] = [
  {
    type: 'started',
    version: '0.1.0',
    config: CONFIG,
    settle: 15_000_000,
    listeners: ['127.0.0.1:1790', '[::1]:1790'],
  },
  {
    type: 'started',
    version: '0.1.0',
    config: {
      ...CONFIG,
      peers: CONFIG.peers.map((range) => ({ ...range, asn: undefined, gracefulRestart: undefined })),
    },
    settle: 0,
    listeners: [],
  },
  {
    type: 'started',
    version: '0.1.0',
    config: {
      ...CONFIG,
      peers: CONFIG.peers.map((range) => ({
        ...range,
        addPath: 'receive',
        extendedParameters: true,
        maxPrefixes: 100,
        dial: {
          address: '127.0.0.14',
          port: 179,
          localAddress: '127.0.0.1',
          connectRetry: 120,
          accept: false,
          damping: true,
        },
      })),
    },
    settle: 0,
    listeners: [],
  },
  {
    type: 'session-opened',
    session: 70_000,
    listener: '[::]:1790',
    local: { address: 'fd00::1', port: 1790 },
    remote: { address: 'fd00::14', port: 40_000 },
  },
  {
    type: 'session-opened',
    session: 2,
    listener: '127.0.0.1:1790',
    local: { address: '127.0.0.1', port: 1790 },
    remote: { address: '127.0.0.2', port: 1 },
    refused: 'source',
  },
  {
    type: 'session-opened',
    session: 3,
    listener: '127.0.0.1:1790',
    local: { address: '127.0.0.1', port: 50_000 },
    remote: { address: '127.0.0.14', port: 179 },
    dial: { range: 0, attempt: 7 },
  },
  {
    type: 'dial-failed',
    range: 1,
    attempt: 2,
    to: { address: 'fe80::1%eth0', port: 179 },
    message: 'refused: nobody listens on [fe80::1%eth0]:179',
  },
  { type: 'session-blocked', session: 1, blocked: true },
  { type: 'unframed', session: 1, subcode: 2, bytes: new Uint8Array([0, 1, 254, 255]) },
  { type: 'unframed', session: 1, subcode: 1, bytes: new Uint8Array(0) },
  { type: 'session-closed', session: 1, how: 'error', message: 'read ECONNRESET' },
  { type: 'session-closed', session: 1, how: 'fin' },
  { type: 'timer', key: { of: 'session', session: 1, timer: 'hold' } },
  { type: 'timer', key: { of: 'peer', peer: '127.0.0.1:1790 64512 192.168.77.13', timer: 'stale' } },
  { type: 'timer', key: { of: 'session', session: 1, timer: 'send-hold' } },
  { type: 'timer', key: { of: 'dial', range: 1, timer: 'connect-retry' } },
  { type: 'timer', key: { of: 'check', timer: 'settle' } },
  { type: 'command', command: 'announce', routes: [{ prefix: parsePrefix('10.0.0.0/8') }] },
  {
    type: 'command',
    command: 'announce',
    peer: 'p',
    routes: [
      {
        prefix: parsePrefix('fd00::/48'),
        nextHop: parseAddress('fd00::1'),
        med: 1,
        localPref: 4_294_967_295,
        asPath: [64512, 4_200_000_000],
        communities: [4_228_186_212],
        largeCommunities: [[64512, 1, 2]],
      },
    ],
  },
  { type: 'command', command: 'withdraw', prefixes: [parsePrefix('10.0.0.0/8'), parsePrefix('fd00::/48')] },
  { type: 'command', command: 'route-refresh', family: IPV4_UNICAST },
  { type: 'command', command: 'end-of-rib', peer: 'p', family: IPV4_UNICAST },
  { type: 'command', command: 'notify', peer: 'p', code: 6, subcode: 9, data: new Uint8Array([6, 4]) },
  { type: 'command', command: 'notify', peer: 'p', code: 6, subcode: 4 },
  { type: 'command', command: 'disconnect', peer: 'p', how: 'rst' },
  { type: 'command', command: 'send-raw', peer: 'p', bytes: new Uint8Array([255]) },
  { type: 'command', command: 'notify', peer: 'p', code: 6, subcode: 2, text: 'maintenance' },
  { type: 'command', command: 'stop' },
  { type: 'command', command: 'stop', text: 'maintenance' },
  { type: 'object', action: 'set', object: ciliumNode('nöde', '10.5.112.0/24') },
  { type: 'object', action: 'deleted', object: ciliumNode('node01') },
  { type: 'resource', resource: 'ciliumnodes', state: 'forbidden', message: 'no right to list' },
  { type: 'resource', resource: 'ciliumnodes', state: 'synced' },
  { type: 'mark', name: 'before "the" upgrade\n' },
  { type: 'gap', events: 12, reason: 'ENOSPC' },
  {
    type: 'probe',
    kind: 'new',
    target: '[fd00::10]:8080',
    prefix: 'fd00::/64',
    nextHop: 'fd00::1',
    node: 'a',
    pinned: true,
    results: 3,
    lost: 2,
    from: 1_795_262_401_204_000,
    sent: 1_795_262_401_604_000,
    outcome: 'timeout',
    inRow: 2,
    since: 1_795_262_401_404_000,
    rtt: 412,
    reply: { pod: 'echo', node: 'a', client: 'fd00::2' },
    local: 'fd00::2',
    resets: 1,
    answers: { echo: 1 },
    message: 'no answer',
    ended: true,
  },
  {
    type: 'probe',
    kind: 'ecmp',
    target: '10.0.0.1:80',
    prefix: '10.0.0.1/32',
    pinned: false,
    results: 0,
    lost: 0,
    from: 1,
    sent: 1,
    outcome: 'ok',
    inRow: 0,
    since: 1,
  },
  {
    type: 'sysctl',
    node: 'a',
    read: 2,
    before: 1,
    values: { 'net.ipv4.conf.all.rp_filter': '1', 'net.ipv4.conf.lxc1.rp_filter': null },
    settings: [{ file: '/etc/sysctl.d/1.conf', key: 'net.ipv4.conf.*.rp_filter', value: '1' }],
    tuned: 'throughput-performance',
    reversePathDrops: 4,
    filters: [{ rule: '-j DROP', packets: 1 }],
    problem: 'no such container',
    ended: true,
  },
  { type: 'sysctl', node: 'a', read: 2, values: {} },
  { type: 'checkpoint', checkpoint: live.world.checkpoint({ checker: ['state'] }) },
  { type: 'finding', action: 'closed', finding: { code: 'missing', evidence: [1, 2] } },
  { type: 'stopped', reason: 'SIGTERM' },
]

test.each(
  BODIES.map(
    (body) => [JSON.stringify(eventToJson({ ...body, seq: 1, at: 1 })).slice(0, 110), body] as const,
  ),
)('is read back as it was: %s', (_text, body) => {
  const event: LineEvent = { ...body, seq: 41, at: 1_795_262_401_204_511 }
  expect(eventFromJson(JSON.parse(JSON.stringify(eventToJson(event))))).toEqual(event)
})

test('is JSON that people can read: instants, prefixes, addresses and bytes are text', () => {
  const event: LineEvent = {
    type: 'command',
    command: 'announce',
    routes: [{ prefix: parsePrefix('fd00::/48'), nextHop: parseAddress('fd00::1') }],
    seq: 3,
    at: 1_795_262_401_204_511,
  }
  expect(JSON.stringify(eventToJson(event))).toBe(
    '{"seq":3,"at":"2026-11-21T12:00:01.204511Z","type":"command","command":"announce","routes":[{"prefix":"fd00::/48","nextHop":"fd00::1"}]}',
  )
  const unframed: LineEvent = {
    type: 'unframed',
    session: 1,
    subcode: 1,
    bytes: new Uint8Array([0, 171]),
    seq: 1,
    at: 0,
  }
  expect(eventToJson(unframed)).toMatchObject({ bytes: '00ab', at: '1970-01-01T00:00:00.000000Z' })
})

describe('reading', () => {
  test('an event of a type that a later version added gives nothing', () => {
    expect(eventFromJson({ seq: 1, at: '2026-11-21T12:00:01Z', type: 'weather', rain: true })).toBeUndefined()
  })

  test.each<[string, unknown, string]>([
    ['text', 'x', 'not a JSON object'],
    ['a list', [], 'not a JSON object'],
    ['no number', { at: '2026-11-21T12:00:01Z', type: 'mark', name: 'a' }, '"seq" is no whole number'],
    [
      'another time zone',
      { seq: 1, at: '2026-11-21T12:00:01+01:00', type: 'mark', name: 'a' },
      '"at" is no RFC 3339 instant in UTC',
    ],
    ['a mark without a name', { seq: 1, at: '2026-11-21T12:00:01Z', type: 'mark' }, '"name" is no text'],
    [
      'odd hex',
      { seq: 1, at: '2026-11-21T12:00:01Z', type: 'unframed', session: 1, subcode: 1, bytes: 'abc' },
      '"bytes" is no hex',
    ],
    [
      'an unknown word',
      { seq: 1, at: '2026-11-21T12:00:01Z', type: 'session-closed', session: 1, how: 'gone' },
      '"how" is none of fin, rst, error, closed-by-us',
    ],
    [
      'a bad prefix',
      { seq: 1, at: '2026-11-21T12:00:01Z', type: 'command', command: 'withdraw', prefixes: ['10.0.0.0/33'] },
      '"prefixes" cannot be read',
    ],
  ])('%s says what is wrong', (_name, json, problem) => {
    expect(() => eventFromJson(json)).toThrow(problem)
  })
})

describe('nothing secret', () => {
  const at = { seq: 1, at: 1 }

  test('of a Secret only the name is stored', () => {
    const object: ClusterObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'bgp-password', namespace: 'kube-system', annotations: { hint: 'hunter2' } },
      data: { password: 'aHVudGVyMg==' },
    }
    const written = JSON.stringify(eventToJson({ type: 'object', action: 'set', object, ...at }))
    expect(written).toContain('bgp-password')
    expect(written).not.toMatch(/hunter2|aHVudGVyMg/)
  })

  test('what kubectl and the API server note about an object is not stored', () => {
    const object: ClusterObject = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: 'a',
        managedFields: [{ manager: 'hunter2' }],
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': '{"password":"hunter2"}',
          other: 'hunter2',
        },
        labels: { kept: 'yes' },
      },
    }
    const written = JSON.stringify(eventToJson({ type: 'object', action: 'set', object, ...at }))
    expect(written).not.toContain('hunter2')
    expect(written).toContain('"kept":"yes"')
  })

  test('of the configuration only the known fields are stored', () => {
    const config = {
      ...CONFIG,
      password: 'hunter2',
      peers: CONFIG.peers.map((range) => ({ ...range, md5: 'hunter2' })),
    }
    const started = eventToJson({ type: 'started', version: '1', config, settle: 1, listeners: [], ...at })
    expect(JSON.stringify(started)).not.toContain('hunter2')
    const checkpoint = { ...live.world.checkpoint(), config }
    expect(JSON.stringify(eventToJson({ type: 'checkpoint', checkpoint, ...at }))).not.toContain('hunter2')
  })
})
