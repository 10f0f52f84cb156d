// `npm run bench`: what full tables and thousands of sessions cost us and other BGP speakers on this machine.
import { cpus, loadavg, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { measureTable, type TableResult } from './bench/full-table.ts'
import { endAllWithUs, loopProbe, spawnEnding, THEIR_ASN, type Receiver } from './bench/launch.ts'
import { tableOfSessions, tableOfTables, tableOfVerdicts, tableOfWindows } from './bench/print.ts'
import { RECEIVERS } from './bench/receivers.ts'
import { compareReading } from './bench/read.ts'
import { measureSessions, type SessionsResult } from './bench/sessions.ts'
import { measureVerdict } from './bench/verdict.ts'
import { measureOpening, measureWindows } from './bench/window.ts'
import { makeTable, type Table, type TableOptions } from './bench/tables.ts'

const PARTS = [
  'ipv4',
  'ipv6',
  'peers',
  'sessions-1000',
  'sessions-5000',
  'verdict',
  'window',
  'read',
] as const
type Part = (typeof PARTS)[number]

/** Who takes longer than this for a round has no further ones. Milliseconds. */
const SLOW = 45_000

const USAGE = `usage: npm run bench -- [--only PART,…] [--against NAME,…] [--rounds N] [--seed S] [--seconds N]
  --only     ${PARTS.join(', ')}; all unless given
  --against  ${RECEIVERS.map(({ name }) => name).join(', ')}; all that are installed unless given ("us" is routewitness)
  --rounds   how often each receiver has its turn, 3 unless given, but once when that takes ${SLOW / 1000} s; medians are printed
  --seconds  how long sessions are held, 20 unless given`

/** Our own table first: the seed of the n-th table is the seed given plus n. */
function tables(count: number, options: Omit<TableOptions, 'asn'>): Table[] {
  return Array.from({ length: count }, (_, index) =>
    makeTable({ ...options, seed: options.seed + index, asn: THEIR_ASN }),
  )
}

/** A Node process that does nothing: what its loop stalls, the machine does. */
function startIdle(): ReturnType<typeof loopProbe> & { stop(): void } {
  const child = spawnEnding(process.execPath, [resolve('scripts/bench/probe.mjs')], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return { ...loopProbe(child), stop: () => void child.kill() }
}

async function compareTables(
  chosen: readonly Receiver[],
  rounds: number,
  input: { readonly afi: 1 | 2; readonly tables: readonly Table[] },
): Promise<void> {
  const results = new Map<string, TableResult[]>()
  const tooSlow = new Set<string>()
  for (let round = 1; round <= rounds; round++) {
    for (const receiver of chosen) {
      if (tooSlow.has(receiver.name)) continue
      const idle = startIdle()
      const begun = performance.now()
      try {
        const result = await measureTable(receiver, { ...input, idle })
        results.set(receiver.name, [...(results.get(receiver.name) ?? []), result])
        const { announce, withdraw } = result
        console.error(
          `  round ${round} ${receiver.name}: ${announce.cpu.toFixed(2)} + ${withdraw.cpu.toFixed(2)} CPU s, ${result.peak.toFixed(0)} MB, load ${loadavg()[0]!.toFixed(1)}`,
        )
      } catch (error) {
        console.error(`  round ${round} ${receiver.name}: ${String(error)}`)
      } finally {
        idle.stop()
      }
      if (performance.now() - begun > SLOW) tooSlow.add(receiver.name)
    }
  }
  const routes = input.tables.reduce((sum, { announce }) => sum + announce.routes, 0)
  console.log(`${tableOfTables(results, routes)}\n`)
}

async function compareSessions(
  chosen: readonly Receiver[],
  sessions: number,
  seconds: number,
): Promise<void> {
  const results = new Map<string, SessionsResult>()
  for (const receiver of chosen) {
    const idle = startIdle()
    try {
      results.set(receiver.name, await measureSessions(receiver, { sessions, seconds, idle }))
    } catch (error) {
      console.error(`  ${receiver.name}: ${String(error)}`)
    } finally {
      idle.stop()
    }
  }
  console.log(`${tableOfSessions(results)}\n`)
}

async function main(): Promise<number> {
  endAllWithUs()
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: PARTS.join(',') },
      against: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seed: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '20' },
    },
  })
  const only = values.only.split(',')
  const wanted = values.against?.split(',').map((name) => (name === 'us' ? 'routewitness' : name))
  if (only.some((part) => !PARTS.includes(part as Part))) {
    console.error(USAGE)
    return 2
  }
  const chosen: Receiver[] = []
  for (const receiver of RECEIVERS) {
    if (wanted !== undefined && !wanted.includes(receiver.name)) continue
    const version = await receiver.version()
    console.log(`${receiver.name}: ${version ?? 'not here, left out'}`)
    if (version !== undefined) chosen.push(receiver)
  }
  const memory = (totalmem() / 1e9).toFixed(0)
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${memory} GB\n`)
  const seed = Number(values.seed)
  const rounds = Number(values.rounds)
  if (only.includes('read')) await compareReading({ messages: 1_000_000, rounds, seed })
  if (only.includes('ipv4')) {
    const input = tables(1, { afi: 1, routes: 1_000_000, sets: 150_000, seed })
    const { bytes, messages } = input[0]!.announce
    console.log(
      `## One session, 1,000,000 IPv4 routes, 150,000 attribute sets, ${messages} UPDATEs, ${bytes.length} octets\n`,
    )
    await compareTables(chosen, rounds, { afi: 1, tables: input })
  }
  if (only.includes('ipv6')) {
    console.log('## One session, 300,000 IPv6 routes, 45,000 attribute sets\n')
    await compareTables(chosen, rounds, {
      afi: 2,
      tables: tables(1, { afi: 2, routes: 300_000, sets: 45_000, seed }),
    })
  }
  if (only.includes('peers')) {
    console.log('## 50 sessions with 20,000 IPv4 routes each, 3,000 attribute sets each\n')
    await compareTables(chosen, rounds, {
      afi: 1,
      tables: tables(50, { afi: 1, routes: 20_000, sets: 3000, seed }),
    })
  }
  for (const sessions of [1000, 5000]) {
    if (!only.includes(`sessions-${sessions}`)) continue
    console.log(`## ${sessions} sessions with 10 routes each, hold time 3 s, held for ${values.seconds} s\n`)
    await compareSessions(chosen, sessions, Number(values.seconds))
  }
  if (only.includes('verdict')) {
    console.log('## A verdict about 5,000 nodes with 20 prefixes each\n')
    console.log(`${tableOfVerdicts(measureVerdict())}\n`)
  }
  if (only.includes('window')) {
    const result = await measureWindows(1_000_000, seed)
    const { messages, openSeconds, perMessage, json } = result
    console.log(`## Windows of a trace of ${messages.toLocaleString('en')} UPDATEs\n`)
    console.log(
      `Opened in ${openSeconds.toFixed(1)} s of CPU, ${perMessage.toFixed(0)} octets a message in memory, the whole as JSON ${(json / 1e6).toFixed(0)} MB.\n`,
    )
    console.log(`${tableOfWindows(result)}\n`)
    const { routes, opened, taken, turn, noted } = measureOpening(1_000_000, seed)
    console.log(
      `A window of a router with ${routes.toLocaleString('en')} routes: opened in ${opened.toFixed(1)} ms of CPU; its routes taken in in ${taken.toFixed(0)} ms, in turns of at most ${turn.toFixed(1)} ms; as many announcements while it is open: ${noted.toFixed(0)} ms.\n`,
    )
  }
  return 0
}

process.exitCode = await main()
