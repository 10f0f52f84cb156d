// IP and TCP headers around a payload, and back (RFC 791, 8200, 9293).
import type { Address } from '../../core/ip/prefix.ts'

const TCP = 6
export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10

export interface TcpEnd {
  readonly address: Address
  readonly port: number
}

/** One TCP segment. `seq` and `ack` are unsigned 32-bit. */
export interface Segment {
  readonly from: TcpEnd
  readonly to: TcpEnd
  readonly seq: number
  readonly ack: number
  readonly flags: number
  readonly payload: Uint8Array
  /** Octets of the payload that the capture did not keep. */
  readonly missing?: number
}

/** An IP packet with one TCP segment, all checksums right. Both addresses are of one family. */
export function ipPacket(segment: Segment): Buffer {
  const { from, to, payload } = segment
  const v4 = from.address.afi === 1
  const ipLength = v4 ? 20 : 40
  const tcpLength = 20 + payload.length
  const out = Buffer.alloc(ipLength + tcpLength)
  if (v4) {
    out.writeUInt16BE(0x4500, 0)
    out.writeUInt16BE(out.length, 2)
    out.writeUInt16BE(0x4000, 6) // do not fragment
    out.writeUInt16BE((64 << 8) | TCP, 8)
  } else {
    out.writeUInt32BE(0x6000_0000, 0)
    out.writeUInt16BE(tcpLength, 4)
    out.writeUInt16BE((TCP << 8) | 64, 6)
  }
  let at = v4 ? 12 : 8
  const addresses = at
  for (const word of [...from.address.words, ...to.address.words]) at = out.writeUInt32BE(word, at)
  if (v4) out.writeUInt16BE(complement(sum(out, 0, 20)), 10)

  out.writeUInt16BE(from.port, at)
  out.writeUInt16BE(to.port, at + 2)
  out.writeUInt32BE(segment.seq, at + 4)
  out.writeUInt32BE(segment.ack, at + 8)
  out.writeUInt16BE((5 << 12) | segment.flags, at + 12)
  out.writeUInt16BE(0xffff, at + 14) // window
  out.set(payload, at + 20)
  // The pseudo-header is the addresses, the length and the protocol.
  const pseudo = sum(out, addresses, at) + tcpLength + TCP
  out.writeUInt16BE(complement(pseudo + sum(out, at, out.length)), at + 16)
  return out
}

function sum(bytes: Buffer, start: number, end: number): number {
  let total = 0
  let at = start
  for (; at + 1 < end; at += 2) total += bytes.readUInt16BE(at)
  return at < end ? total + bytes[at]! * 256 : total
}

function complement(total: number): number {
  let folded = total
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000)
  return ~folded & 0xffff
}

/** The TCP segment in an IP packet; undefined for anything else: fragments, other protocols, headers cut short. */
export function tcpSegment(packet: Buffer): Segment | undefined {
  const version = (packet[0] ?? 0) >> 4
  const network = version === 4 ? ipv4(packet) : version === 6 ? ipv6(packet) : undefined
  if (network === undefined) return undefined
  const { source, target, start, end } = network
  if (packet.length < start + 20) return undefined
  const payload = start + (packet[start + 12]! >> 4) * 4
  if (payload < start + 20 || payload > end) return undefined
  return {
    from: { address: source, port: packet.readUInt16BE(start) },
    to: { address: target, port: packet.readUInt16BE(start + 2) },
    seq: packet.readUInt32BE(start + 4),
    ack: packet.readUInt32BE(start + 8),
    flags: packet[start + 13]! & 0x3f,
    payload: packet.subarray(payload, end),
    missing: Math.max(0, end - Math.max(packet.length, payload)),
  }
}

interface Network {
  readonly source: Address
  readonly target: Address
  /** Where TCP begins, and where the packet ended before it was cut. */
  readonly start: number
  readonly end: number
}

function ipv4(packet: Buffer): Network | undefined {
  if (packet.length < 20 || packet[9] !== TCP) return undefined
  const fragment = packet.readUInt16BE(6) & 0x3fff
  if (fragment !== 0) return undefined
  const start = (packet[0]! & 0x0f) * 4
  const length = packet.readUInt16BE(2)
  if (start < 20) return undefined
  return {
    source: { afi: 1, words: words(packet, 12, 1) },
    target: { afi: 1, words: words(packet, 16, 1) },
    start,
    end: length === 0 ? packet.length : length, // 0 where the network card was to cut the packet into segments
  }
}

const EXTENSIONS = new Set([0, 43, 60])

function ipv6(packet: Buffer): Network | undefined {
  if (packet.length < 40) return undefined
  let next = packet[6]!
  let start = 40
  while (EXTENSIONS.has(next)) {
    if (packet.length < start + 2) return undefined
    next = packet[start]!
    start += (packet[start + 1]! + 1) * 8
  }
  if (next !== TCP) return undefined
  const length = packet.readUInt16BE(4)
  return {
    source: { afi: 2, words: words(packet, 8, 4) },
    target: { afi: 2, words: words(packet, 24, 4) },
    start,
    end: length === 0 ? packet.length : 40 + length,
  }
}

function words(packet: Buffer, start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => packet.readUInt32BE(start + 4 * index))
}
