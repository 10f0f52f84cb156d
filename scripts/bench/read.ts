// Reading a trace back: our reader beside `bgpdump -m`, which prints each message as a line.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { EventBody } from '../../src/core/stream/events.ts'
import { TraceWriter } from '../../src/trace/writer.ts'
import { config } from '../../test/support/speaker-bench.ts'
import { keepalive, open } from '../../test/support/speaker-messages.ts'
import { THEIR_ASN } from './launch.ts'
import { markdown, median } from './print.ts'
import { makeTable } from './tables.ts'

const run = promisify(execFile)

const PEERS = 5
const READER = resolve('scripts/bench/read-trace.ts')
/** 2026-01-01T00:00:00Z. */
const START = 1_767_225_600_000_000

interface Reading {
  /** Seconds. */
  readonly cpu: number
  readonly wall: number
  readonly messages: number
}

/** Prints what reading a trace of `messages` UPDATEs costs, each with one route and attributes of its own. */
export async function compareReading(options: {
  readonly messages: number
  readonly rounds: number
  readonly seed: number
}): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-read-'))
  try {
    const trace = join(directory, 'trace')
    await makeTrace(trace, options)
    const size = statSync(join(trace, 'messages.mrt')).size
    console.log(`## Reading ${options.messages} messages, ${(size / 1e6).toFixed(0)} MB of MRT\n`)
    const readings = new Map<string, Reading[]>()
    for (let round = 1; round <= options.rounds; round++) {
      for (const [name, read] of READERS) {
        const reading = await read(trace)
        readings.set(name, [...(readings.get(name) ?? []), reading])
        console.error(
          `  round ${round} ${name}: ${reading.cpu.toFixed(2)} CPU s, ${reading.wall.toFixed(2)} s, ${reading.messages} messages`,
        )
      }
    }
    console.log(`${tableOf(readings)}\n`)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const READERS: readonly (readonly [name: string, read: (trace: string) => Promise<Reading>])[] = [
  ['bgpdump -m', bgpdump],
  ['events alone', (trace) => ours(trace, 'events')],
  ['a world with routes', (trace) => ours(trace, 'world')],
]

/** Its output goes to /dev/null: what is measured is parsing and printing, not a pipe. */
async function bgpdump(trace: string): Promise<Reading> {
  const file = join(trace, 'messages.mrt')
  const { stdout } = await run('sh', ['-c', 'bgpdump -m "$0" 2>/dev/null | wc -l', file])
  const begun = performance.now()
  const child = spawn('sh', ['-c', 'bgpdump -m "$0" >/dev/null 2>&1; times', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child, 'close')
  const wall = (performance.now() - begun) / 1000
  return { cpu: childSeconds(text), wall, messages: Number(stdout) }
}

/** The second line of `times` is what children took: "0m1.230s 0m0.040s". */
function childSeconds(times: string): number {
  const fields = [...(times.trim().split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
  return fields.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0)
}

async function ours(trace: string, what: 'events' | 'world'): Promise<Reading> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', READER, trace, what])
  return JSON.parse(stdout) as Reading
}

function tableOf(readings: ReadonlyMap<string, readonly Reading[]>): string {
  const of = (name: string, pick: (reading: Reading) => number): number =>
    median((readings.get(name) ?? []).map(pick))
  const speed = (name: string, pick: (reading: Reading) => number): string =>
    (of('bgpdump -m', pick) / of(name, pick)).toFixed(2)
  return markdown(
    ['reader', 'CPU s', 'wall s', 'µs CPU a message', 'speed (CPU)', 'speed (wall)'],
    [...readings.keys()].map((name) => [
      name,
      of(name, ({ cpu }) => cpu).toFixed(2),
      of(name, ({ wall }) => wall).toFixed(2),
      of(name, ({ cpu, messages }) => (cpu * 1e6) / messages).toFixed(2),
      speed(name, ({ cpu }) => cpu),
      speed(name, ({ wall }) => wall),
    ]),
  )
}

/** Peers that announce their tables in turns, one UPDATE a route, as a collector sees it. */
async function makeTrace(
  directory: string,
  { messages, seed }: { readonly messages: number; readonly seed: number },
): Promise<void> {
  let seq = 0
  let at = START
  const writer = await TraceWriter.open(directory, {
    info: { version: 'bench', config: config(), settle: 15_000_000 },
    checkpoint: () => {
      throw new Error('the disk did not follow')
    },
    now: () => at,
    onProblem: (problem) => {
      throw new Error(problem)
    },
  })
  const take = (body: EventBody): void => {
    at += 137
    writer.append({ ...body, seq: ++seq, at })
  }
  const message = (session: number, bytes: Uint8Array): void =>
    take({
      type: 'message',
      session,
      direction: 'in',
      bytes,
      fourOctetAs: true,
      addPath: false,
      peerAsn: THEIR_ASN,
    })
  const listener = '127.0.0.1:1790'
  take({ type: 'started', version: 'bench', config: config(), settle: 15_000_000, listeners: [listener] })
  const each = messages / PEERS
  const tables = Array.from(
    { length: PEERS },
    (_, index) =>
      makeTable({ afi: 1, routes: each, sets: each, seed: seed + index, asn: THEIR_ASN }).announce.bytes,
  )
  for (let session = 1; session <= PEERS; session++) {
    take({
      type: 'session-opened',
      session,
      listener,
      local: { address: '127.0.0.1', port: 1790 },
      remote: { address: `127.0.1.${session}`, port: 40_000 },
    })
    message(session, open({ asn: THEIR_ASN, identifier: `192.0.2.${session}` }))
    message(session, keepalive)
  }
  const places = tables.map(() => 0)
  for (let left = messages; left > 0; left -= PEERS) {
    tables.forEach((table, index) => {
      const from = places[index]!
      const end = from + table.readUInt16BE(from + 16)
      places[index] = end
      message(index + 1, table.subarray(from, end))
    })
    if (left % 10_000 < PEERS) await writer.flush()
  }
  await writer.close()
}
