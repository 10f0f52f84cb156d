// One receiver, one or many senders: the whole table in, and out again.
import { Peer } from './peer.ts'
import { cpuSeconds, memory, sleep } from './process.ts'
import { stallBeside, THEIR_ASN, type LoopProbe, type Receiver, type Running, type Stall } from './launch.ts'
import type { Blob, Table } from './tables.ts'

/** How often the receiver is asked how far it is; asking costs it time, so not often. Milliseconds. */
const POLL = 100
const GIVE_UP = 300_000

export interface Phase {
  /** Seconds. */
  readonly cpu: number
  readonly wall: number
  readonly senderCpu: number
  /** The longest, less that of an idle process at the same time. */
  readonly stall: Stall | undefined
}

export interface TableResult {
  readonly announce: Phase
  readonly withdraw: Phase
  /** MB (1e6) at its highest, and resident octets more than before for each route. */
  readonly peak: number
  readonly perRoute: number
}

/** Each table is sent by a peer of its own. */
export async function measureTable(
  receiver: Receiver,
  { afi, tables, idle }: { afi: 1 | 2; tables: readonly Table[]; idle: LoopProbe },
): Promise<TableResult> {
  const running = await receiver.start({ holdTime: 240, record: true })
  const peers = tables.map(
    (_, index) =>
      new Peer({
        port: running.port,
        localAddress: `127.0.1.${index + 1}`,
        asn: THEIR_ASN,
        identifier: 0xc6336401 + index,
        holdTime: 240,
        families: [afi],
      }),
  )
  try {
    await Promise.all(peers.map((peer) => peer.established))
    await sleep(500)
    const before = memory(running.pids).now
    const routes = tables.reduce((sum, { announce }) => sum + announce.routes, 0)
    const announce = await phase(
      running,
      idle,
      peers,
      tables.map((table) => table.announce),
      routes,
    )
    const after = memory(running.pids)
    const withdraw = await phase(
      running,
      idle,
      peers,
      tables.map((table) => table.withdraw),
      0,
    )
    return {
      announce,
      withdraw,
      peak: memory(running.pids).peak,
      perRoute: ((after.now - before) * 1e6) / routes,
    }
  } finally {
    for (const peer of peers) peer.close()
    await running.stop()
  }
}

/** Sends, and waits until the table holds the count: that the socket is drained says nothing. */
async function phase(
  running: Running,
  idle: LoopProbe,
  peers: readonly Peer[],
  blobs: readonly Blob[],
  count: number,
): Promise<Phase> {
  const { pids } = running
  running.resetStall()
  idle.resetStall()
  await sleep(50)
  const cpu = cpuSeconds(pids)
  const own = process.cpuUsage()
  const begun = performance.now()
  const sent = Promise.all(peers.map((peer, index) => peer.send(blobs[index]!.bytes)))
  for (;;) {
    await sleep(POLL)
    if ((await running.count()) === count) break
    const ended = peers.find((peer) => peer.ended !== undefined)
    if (ended !== undefined) throw new Error(`a session ended: ${ended.ended}`)
    if (performance.now() - begun > GIVE_UP) throw new Error(`${count} routes never came together`)
  }
  const wall = (performance.now() - begun) / 1000
  await sent
  const { user, system } = process.cpuUsage(own)
  await sleep(300)
  return {
    cpu: cpuSeconds(pids) - cpu,
    wall,
    senderCpu: (user + system) / 1e6,
    stall: await stallBeside(running, idle),
  }
}
