// Which loopback subnet and ports a new lab takes. Pure; allocate.ts asks the system.
import { createHash } from 'node:crypto'

export interface Ports {
  api: number
  etcd: number
}

const SUBNETS = 250
const API_FROM = 16443
const ETCD_FROM = 12379
const PORTS = 200

/**
 * The X of a lab's 127.0.X.0/24, from 1 to 250. Begins at a place that the lab's directory decides, so that
 * labs of different users seldom try the same one, and takes the first that is not taken.
 */
export function chooseSubnet(directory: string, taken: ReadonlySet<number>): number {
  const first = createHash('sha256').update(directory).digest().readUInt32BE(0) % SUBNETS
  for (let step = 0; step < SUBNETS; step++) {
    const subnet = ((first + step) % SUBNETS) + 1
    if (!taken.has(subnet)) return subnet
  }
  throw new Error('all 250 loopback subnets are taken')
}

/** Two ports below the range that the kernel gives to clients, which no other lab has and nobody listens on. */
export async function choosePorts(
  taken: ReadonlySet<number>,
  isFree: (port: number) => Promise<boolean>,
): Promise<Ports> {
  return { api: await first(API_FROM, taken, isFree), etcd: await first(ETCD_FROM, taken, isFree) }
}

async function first(
  from: number,
  taken: ReadonlySet<number>,
  isFree: (port: number) => Promise<boolean>,
): Promise<number> {
  for (let port = from; port < from + PORTS; port++) {
    if (!taken.has(port) && (await isFree(port))) return port
  }
  throw new Error(`no free port from ${from} to ${from + PORTS - 1}`)
}

/** Subnets of 127.0.X.0/24 with a socket in /proc/net/tcp: another user's lab, or a resolver. Addresses are little-endian hex. */
export function subnetsInUse(procNetTcp: string): Set<number> {
  const used = new Set<number>()
  for (const match of procNetTcp.matchAll(/^\s*\d+: [0-9A-F]{2}([0-9A-F]{2})007F:/gm))
    used.add(parseInt(match[1] ?? '', 16))
  return used
}
