// Thousands of sessions with a few routes and a short hold time: how fast they open, and how late keepalives get.
import { Peer } from './peer.ts'
import { cpuSeconds, memory, sleep } from './process.ts'
import { stallBeside, THEIR_ASN, type LoopProbe, type Receiver, type Stall } from './launch.ts'
import { makeTable } from './tables.ts'

const HOLD = 3
const ROUTES = 10
const GIVE_UP = 90_000

export interface SessionsResult {
  /** Seconds until all were Established; undefined when they never were. */
  readonly open: number | undefined
  readonly established: number
  /** Seconds, opening and holding. */
  readonly cpu: number
  readonly senderCpu: number
  /** Milliseconds: the longest that any session heard nothing. */
  readonly gap: number
  /** Sessions that ended, and why the first one did. */
  readonly ended: number
  readonly why: string | undefined
  /** The longest, less that of an idle process at the same time. */
  readonly stall: Stall | undefined
  readonly peak: number
}

/** Opens the sessions, sends ten routes on each, and holds them for so many seconds. */
export async function measureSessions(
  receiver: Receiver,
  { sessions, seconds, idle }: { sessions: number; seconds: number; idle: LoopProbe },
): Promise<SessionsResult> {
  const running = await receiver.start({ holdTime: HOLD, record: true })
  const table = makeTable({ afi: 1, routes: ROUTES, sets: 1, seed: 7, asn: THEIR_ASN }).announce.bytes
  const { pids } = running
  running.resetStall()
  idle.resetStall()
  await sleep(100)
  const cpu = cpuSeconds(pids)
  const own = process.cpuUsage()
  const begun = performance.now()
  const peers: Peer[] = []
  try {
    const waiting = new Set<Promise<void>>()
    for (let index = 0; index < sessions && performance.now() - begun < GIVE_UP; index++) {
      if (waiting.size >= receiver.abreast) await Promise.race(waiting)
      const peer = new Peer({
        port: running.port,
        localAddress: `127.1.${index >>> 8}.${index & 255}`,
        asn: THEIR_ASN,
        identifier: 0xac100000 + index,
        holdTime: HOLD,
        families: [1],
      })
      peers.push(peer)
      const settled = Promise.race([peer.established, sleep(GIVE_UP)]).catch(() => undefined)
      const done: Promise<void> = settled.finally(() => waiting.delete(done))
      waiting.add(done)
    }
    await Promise.all(waiting)
    const established = peers.filter(({ establishedAt }) => establishedAt > 0)
    const last = Math.max(...established.map(({ establishedAt }) => establishedAt))
    await Promise.all(established.map((peer) => peer.send(table).catch(() => undefined)))
    await sleep(seconds * 1000)
    const { user, system } = process.cpuUsage(own)
    const ended = peers.filter((peer) => peer.ended !== undefined)
    return {
      open: established.length === sessions ? (last - begun) / 1000 : undefined,
      established: established.length,
      cpu: cpuSeconds(running.pids) - cpu,
      senderCpu: (user + system) / 1e6,
      gap: Math.max(0, ...established.map(({ worstGap }) => worstGap)),
      ended: ended.length,
      why: ended[0]?.ended,
      stall: await stallBeside(running, idle),
      peak: memory(running.pids).peak,
    }
  } finally {
    for (const peer of peers) peer.close()
    await running.stop()
  }
}
