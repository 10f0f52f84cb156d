// What asking costs: a trace of a million UPDATEs is written, opened, and windows of it are asked.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatIdentifier, parseAddress, parseIdentifier, parsePrefix } from '../../src/core/ip/text.ts'
import type { SpeakerConfig } from '../../src/core/speaker/contract.ts'
import type { EventBody, StreamEvent } from '../../src/core/stream/events.ts'
import { World } from '../../src/core/stream/world.ts'
import { DEFAULT_CONTEXT, encodeMessage } from '../../src/core/wire/codec.ts'
import { IPV4_UNICAST } from '../../src/core/wire/message.ts'
import { encodeUpdate } from '../../src/core/wire/update-encode.ts'
import { Ledger } from '../../src/core/window/ledger.ts'
import { openTrace } from '../../src/harness/trace-handle.ts'
import { windowToJson, type RecordedWindow } from '../../src/harness/window.ts'
import { ROUTES_A_TURN } from '../../src/harness/next-turn.ts'
import { TraceWriter } from '../../src/trace/writer.ts'
import { makeTable, random } from './tables.ts'

const PEERS = 100
const PREFIXES = 200
const ASN = 64512
const START = 1_700_000_000_000_000

const CONFIG: SpeakerConfig = {
  asn: 65000,
  identifier: parseIdentifier('10.0.0.1'),
  peers: [
    {
      from: parsePrefix('127.0.0.0/8'),
      asn: undefined,
      holdTime: 0,
      gracefulRestart: { time: 120, notification: true, families: [], staleTime: 180 },
      families: [IPV4_UNICAST],
      extendedNextHop: false,
      extendedMessages: false,
      enhancedRouteRefresh: false,
      onSilence: 'report',
    },
  ],
}

const KEEPALIVE = encodeMessage({ type: 'keepalive' }, DEFAULT_CONTEXT)
const prefixOf = (peer: number, place: number): string => `10.${peer}.${place}.0/24`
const identifierOf = (peer: number): string => formatIdentifier(0xc0000200 + peer)

function openOf(peer: number): Uint8Array {
  return encodeMessage(
    {
      type: 'open',
      version: 4,
      myAs: ASN,
      holdTime: 0,
      identifier: parseIdentifier(identifierOf(peer)),
      capabilities: [
        { code: 1, family: IPV4_UNICAST },
        { code: 65, asn: ASN },
      ],
      extendedParameters: false,
    },
    DEFAULT_CONTEXT,
  )
}

/** Announces the prefix, or takes it back. */
function updateOf(prefix: string, there: boolean): Uint8Array {
  const nlri = [{ prefix: parsePrefix(prefix) }]
  return encodeUpdate(
    there
      ? {
          reach: [{ family: IPV4_UNICAST, nextHop: { global: parseAddress('127.0.0.14') }, nlri }],
          attributes: { origin: 0, asPath: [{ type: 2, asns: [ASN] }] },
        }
      : { unreach: [{ family: IPV4_UNICAST, nlri }] },
    DEFAULT_CONTEXT,
  )
}

/** A millisecond between messages; a quarter of the announcements go back at once, so that about half of all change something. */
async function writeTrace(directory: string, messages: number, seed: number): Promise<void> {
  const world = new World(CONFIG)
  let [seq, now] = [0, START]
  const writer = await TraceWriter.open(directory, {
    info: { version: 'bench', config: CONFIG, settle: 15_000_000 },
    checkpoint: () => world.checkpoint({}),
    now: () => now,
    onProblem: (problem) => console.error(problem),
    bufferBytes: 2 ** 31,
  })
  const take = (body: EventBody): void => {
    now += 1000
    const event: StreamEvent = { ...body, seq: ++seq, at: now }
    writer.append(event)
    world.apply(event)
  }
  const message = (session: number, bytes: Uint8Array): void =>
    take({
      type: 'message',
      session,
      direction: 'in',
      bytes,
      fourOctetAs: true,
      addPath: false,
      peerAsn: ASN,
    })
  take({
    type: 'started',
    version: 'bench',
    config: CONFIG,
    settle: 15_000_000,
    listeners: ['127.0.0.1:1790'],
  })
  const updates: Uint8Array[][] = []
  for (let peer = 1; peer <= PEERS; peer++) {
    const remote = { address: `127.0.0.${peer}`, port: 40_000 }
    take({
      type: 'session-opened',
      session: peer,
      listener: '127.0.0.1:1790',
      local: { address: '127.0.0.1', port: 1790 },
      remote,
    })
    message(peer, openOf(peer))
    message(peer, KEEPALIVE)
    updates.push(
      Array.from({ length: 2 * PREFIXES }, (_, at) => updateOf(prefixOf(peer, at >>> 1), (at & 1) === 0)),
    )
  }
  const next = random(seed)
  for (let sent = 0; sent < messages; sent++) {
    if (sent === messages / 2) take({ type: 'mark', name: 'middle' })
    const peer = next() % PEERS
    // Two announcements on a withdrawal.
    const at = 2 * (next() % PREFIXES) + (next() % 3 === 0 ? 1 : 0)
    message(peer + 1, updates[peer]![at]!)
    if (sent % 10_000 === 0) await writer.flush()
  }
  await writer.close()
}

interface Asked {
  readonly question: string
  readonly window: string
  /** Milliseconds of CPU: the first time it is asked, and the median of those after it. */
  readonly first: number
  readonly later: number
  readonly rows: number
}

const count = (answer: unknown): number => (Array.isArray(answer) ? answer.length : 1)

const NODE = identifierOf(7)
const PREFIX = prefixOf(7, 11)

const QUESTIONS: Readonly<Record<string, (window: RecordedWindow) => unknown>> = {
  'withdrawals of a prefix': (window) => window.withdrawals({ prefix: PREFIX }),
  'announcements of a prefix': (window) => window.announcements({ prefix: PREFIX }),
  'absences of a prefix': (window) => window.absences({ prefix: PREFIX }),
  'withdrawals of a node': (window) => window.withdrawals({ node: NODE }),
  'absences of a node': (window) => window.absences({ node: NODE }),
  'withdrawals by the loss of a session, all nodes': (window) =>
    window.withdrawals({ cause: 'session-closed' }),
  'how many announcements and withdrawals, all nodes': (window) => window.counts(),
  'flaps, all nodes': (window) => window.flaps(),
  'stale intervals, all nodes': (window) => window.staleIntervals(),
  'duplicates, all nodes': (window) => window.duplicates(),
  'routes held when it began': (window) => window.held(),
  convergence: (window) => window.convergence(),
  'order of two prefixes': (window) => window.order({ prefix: PREFIX }, { prefix: prefixOf(8, 3) }),
  'every withdrawal': (window) => window.withdrawals(),
  'every announcement': (window) => window.announcements(),
  'every absence': (window) => window.absences(),
}

export interface WindowResult {
  readonly messages: number
  readonly openSeconds: number
  /** Octets a message of what stays in memory, events in words included. */
  readonly perMessage: number
  readonly json: number
  readonly asked: readonly Asked[]
}

export async function measureWindows(messages: number, seed: number): Promise<WindowResult> {
  const parent = mkdtempSync(join(tmpdir(), 'routewitness-bench-'))
  const directory = join(parent, 'trace')
  try {
    await writeTrace(directory, messages, seed)
    globalThis.gc?.()
    const before = memory()
    const begun = cpuMillis()
    const trace = await openTrace(directory)
    const openSeconds = (cpuMillis() - begun) / 1000
    globalThis.gc?.()
    const perMessage = (memory() - before) / messages
    const windows = {
      'the whole trace': trace.window(0),
      'its second half': trace.window('middle'),
      '10,000 messages': trace.window(trace.end.seq - messages / 4, trace.end.seq - messages / 4 + 10_000),
    }
    const asked: Asked[] = []
    for (const [name, window] of Object.entries(windows))
      for (const [question, ask] of Object.entries(QUESTIONS))
        asked.push(measure(question, name, () => ask(window)))
    const json = JSON.stringify(windowToJson(windows['the whole trace'])).length
    return { messages, openSeconds, perMessage, json, asked }
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
}

export interface OpeningResult {
  readonly routes: number
  /** Milliseconds of CPU to open a window, and to take in the routes that are there in turns; and of the longest of these. */
  readonly opened: number
  readonly taken: number
  readonly turn: number
  /** The same for noting as many announcements while one is open. */
  readonly noted: number
}

/** What a window of a running router costs it, with a full table of one peer. */
export function measureOpening(routes: number, seed: number): OpeningResult {
  const world = new World(CONFIG)
  const open = new Ledger()
  let [seq, noted] = [0, 0]
  const take = (body: EventBody): void => {
    const event: StreamEvent = { ...body, seq: ++seq, at: START + seq }
    const { told } = world.apply(event)
    const begun = cpuMillis()
    open.push(event, told)
    noted += cpuMillis() - begun
  }
  const message = (bytes: Uint8Array): void =>
    take({
      type: 'message',
      session: 1,
      direction: 'in',
      bytes,
      fourOctetAs: true,
      addPath: false,
      peerAsn: ASN,
    })
  take({
    type: 'started',
    version: 'bench',
    config: CONFIG,
    settle: 15_000_000,
    listeners: ['127.0.0.1:1790'],
  })
  take({
    type: 'session-opened',
    session: 1,
    listener: '127.0.0.1:1790',
    local: { address: '127.0.0.1', port: 1790 },
    remote: { address: '127.0.0.2', port: 40_000 },
  })
  message(openOf(1))
  message(KEEPALIVE)
  const { bytes } = makeTable({ afi: 1, routes, sets: routes * 0.15, seed, asn: ASN }).announce
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt16BE(at + 16)
    message(bytes.subarray(at, at + length))
    at += length
  }
  const begun = cpuMillis()
  const ledger = new Ledger()
  ledger.begin(world.lastEvent, () => world.speaker)
  const opened = cpuMillis() - begun
  let [taken, turn] = [0, 0]
  while (!ledger.isWhole) {
    const [before, start] = [cpuMillis(), performance.now()]
    ledger.takeIn(ROUTES_A_TURN)
    const spent = cpuMillis() - before
    taken += spent
    // CPU time has that of threads that collect garbage, the clock that of other processes: neither kept us from going on.
    turn = Math.max(turn, Math.min(spent, performance.now() - start))
  }
  return { routes: ledger.book.routes, opened, taken, turn, noted }
}

function measure(question: string, window: string, ask: () => unknown): Asked {
  const times: number[] = []
  let rows = 0
  for (let round = 0; round < 6; round++) {
    const begun = cpuMillis()
    rows = count(ask())
    times.push(cpuMillis() - begun)
  }
  const [first = 0, ...rest] = times
  return { question, window, first, later: rest.sort((a, b) => a - b)[2]!, rows }
}

/** CPU time and not the clock: a machine that does other things, too, makes a single question's time a matter of luck. */
function cpuMillis(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function memory(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + Math.max(external, arrayBuffers)
}
