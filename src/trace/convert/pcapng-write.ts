// A capture of connections that nobody captured: each message in TCP segments of its own, in pcapng blocks
// (draft-ietf-opsawg-pcapng), so that Wireshark and tshark take it apart as BGP.
import { formatAddress } from '../../core/ip/text.ts'
import type { Micros } from '../../core/speaker/contract.ts'
import { ACK, FIN, ipPacket, PSH, RST, SYN, type Segment, type TcpEnd } from './packet.ts'
import { connectionKey, type Connection, type End, type WireEvent } from './wire-event.ts'

const BGP_PORT = 179
/** Stands for a port that the record does not have: the first of the dynamic ones, plus the session's number. */
const FIRST_DYNAMIC = 49_152
const DYNAMIC = 16_384
/** A packet holds less than 64 KiB, and a message may need more than one. */
const LARGEST_PAYLOAD = 16_384
const LINKTYPE_RAW = 101
const NO_PAYLOAD = new Uint8Array(0)

interface Flow {
  /** As they stand in the packets. */
  readonly peer: TcpEnd
  readonly local: TcpEnd
  readonly comment: string
  /** Next sequence numbers. */
  readonly seq: { in: number; out: number }
  /** Which directions have sent an OPEN. */
  readonly opens: Set<string>
  /** We connected to the peer. */
  readonly dialled: boolean
  closed: boolean
}

/** Connections remembered after their end: the last bytes of one may be recorded behind it. */
const MOST_CLOSED = 1024

/** Writes events as blocks. It keeps the sequence numbers of the connections that are open. */
export class PcapngWriter {
  readonly #flows = new Map<string, Flow>()
  readonly #closed: [key: string, flow: Flow][] = []

  /** Section header and interface: microseconds, packets that begin with IP. */
  header(): Buffer {
    const section = Buffer.alloc(16)
    section.writeUInt32LE(0x1a2b3c4d, 0)
    section.writeUInt16LE(1, 4)
    section.writeBigInt64LE(-1n, 8)
    const interfaceBlock = Buffer.alloc(8)
    interfaceBlock.writeUInt16LE(LINKTYPE_RAW, 0)
    return Buffer.concat([
      block(0x0a0d0d0a, section, [option(4, Buffer.from('routewitness'))]),
      block(1, interfaceBlock, [option(9, Buffer.from([6]))]),
    ])
  }

  /** The packets of an event. Where the record does not tell of the connection's beginning it begins with its first message. */
  packets(event: WireEvent): Buffer {
    const { at } = event
    const key = connectionKey(event)
    switch (event.type) {
      case 'session-opened': {
        this.#flows.delete(key)
        return this.#flow(event, at, key).begun
      }
      case 'session-closed': {
        const flow = this.#flows.get(key)
        if (flow === undefined || flow.closed) return NOTHING
        this.#forget(key, flow)
        return closing(flow, at, event.how)
      }
      default: {
        const direction = event.type === 'message' ? event.direction : 'in'
        const isOpen = event.type === 'message' && event.bytes[18] === 1
        const before = this.#flows.get(key)
        // MRT does not tell of connections: a second OPEN of one side is that of the next.
        const replaced = isOpen && before?.opens.has(direction) === true
        if (replaced) this.#flows.delete(key)
        const { flow, begun } = this.#flow(event, at, key)
        if (isOpen) flow.opens.add(direction)
        const end = replaced && !before.closed ? closing(before, at, 'fin') : NOTHING
        return Buffer.concat([end, begun, ...data(flow, at, direction, event.bytes)])
      }
    }
  }

  #forget(key: string, flow: Flow): void {
    flow.closed = true
    this.#closed.push([key, flow])
    const [oldest, old] = this.#closed.length > MOST_CLOSED ? this.#closed.shift()! : []
    if (oldest !== undefined && this.#flows.get(oldest) === old) this.#flows.delete(oldest)
  }

  #flow(connection: Connection, at: Micros, key: string): { readonly flow: Flow; readonly begun: Buffer } {
    const known = this.#flows.get(key)
    if (known !== undefined) return { flow: known, begun: NOTHING }
    const flow = newFlow(connection, at)
    this.#flows.set(key, flow)
    return { flow, begun: handshake(flow, at) }
  }
}

const NOTHING = Buffer.alloc(0)

function newFlow({ session, peer, local }: Connection, at: Micros): Flow {
  const dialled = peer.port === BGP_PORT && local.port !== BGP_PORT
  const dynamic = FIRST_DYNAMIC + (session % DYNAMIC)
  // The dissector goes by port: the end that listened gets 179, whatever it was.
  const [peerPort, localPort] = dialled ? [BGP_PORT, local.port ?? dynamic] : [peer.port ?? dynamic, BGP_PORT]
  // The true numbers were not recorded: these depend on the instant alone, so that the same record gives the same file.
  const initial = at % 0x1_0000_0000
  return {
    peer: { address: peer.address, port: peerPort },
    local: { address: local.address, port: localPort },
    comment: commentOf({ session, peer, local }),
    seq: { in: initial, out: (initial + 0x8000_0000) % 0x1_0000_0000 },
    opens: new Set(),
    dialled,
    closed: false,
  }
}

/** "routewitness session 7 peer 127.0.0.14 57495 local 127.0.0.1 1790": what the packets cannot say; "-" for an unknown port. */
function commentOf({ session, peer, local }: Connection): string {
  return `routewitness session ${session} peer ${endText(peer)} local ${endText(local)}`
}

function endText({ address, port }: End): string {
  return `${formatAddress(address)} ${port ?? '-'}`
}

function handshake(flow: Flow, at: Micros): Buffer {
  const [first, second] = flow.dialled ? (['out', 'in'] as const) : (['in', 'out'] as const)
  return Buffer.concat([
    packet(flow, at, first, SYN, NO_PAYLOAD, flow.comment),
    packet(flow, at, second, SYN | ACK),
    packet(flow, at, first, ACK),
  ])
}

function data(flow: Flow, at: Micros, direction: 'in' | 'out', bytes: Uint8Array): Buffer[] {
  const packets: Buffer[] = []
  for (let start = 0; start < bytes.length; start += LARGEST_PAYLOAD)
    packets.push(packet(flow, at, direction, PSH | ACK, bytes.subarray(start, start + LARGEST_PAYLOAD)))
  return packets
}

function closing(flow: Flow, at: Micros, how: 'fin' | 'rst' | 'error' | 'closed-by-us'): Buffer {
  if (how === 'rst' || how === 'error') return packet(flow, at, 'in', RST | ACK)
  const [first, second] = how === 'closed-by-us' ? (['out', 'in'] as const) : (['in', 'out'] as const)
  return Buffer.concat([
    packet(flow, at, first, FIN | ACK),
    packet(flow, at, second, FIN | ACK),
    packet(flow, at, first, ACK),
  ])
}

/** One Enhanced Packet Block, and the sequence number moved on. */
function packet(
  flow: Flow,
  at: Micros,
  direction: 'in' | 'out',
  flags: number,
  payload: Uint8Array = NO_PAYLOAD,
  comment?: string,
): Buffer {
  const incoming = direction === 'in'
  const segment: Segment = {
    from: incoming ? flow.peer : flow.local,
    to: incoming ? flow.local : flow.peer,
    seq: flow.seq[direction],
    ack: (flags & ACK) === 0 ? 0 : flow.seq[incoming ? 'out' : 'in'],
    flags,
    payload,
  }
  const counted = payload.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)
  flow.seq[direction] = (flow.seq[direction] + counted) % 0x1_0000_0000
  const bytes = ipPacket(segment)
  const head = Buffer.alloc(20)
  head.writeUInt32LE(Math.floor(at / 0x1_0000_0000), 4)
  head.writeUInt32LE(at % 0x1_0000_0000, 8)
  head.writeUInt32LE(bytes.length, 12)
  head.writeUInt32LE(bytes.length, 16)
  const options = comment === undefined ? [] : [option(1, Buffer.from(comment))]
  return block(6, Buffer.concat([head, padded(bytes)]), options)
}

function option(code: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, padded(value)])
}

function block(type: number, body: Buffer, options: readonly Buffer[]): Buffer {
  const end = options.length === 0 ? NOTHING : Buffer.alloc(4) // opt_endofopt
  const length = 12 + body.length + options.reduce((total, { length }) => total + length, 0) + end.length
  const head = Buffer.alloc(8)
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(length, 4)
  const tail = Buffer.alloc(4)
  tail.writeUInt32LE(length, 0)
  return Buffer.concat([head, body, ...options, end, tail])
}

function padded(bytes: Buffer): Buffer {
  const missing = (4 - (bytes.length % 4)) % 4
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)])
}
