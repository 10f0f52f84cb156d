// The packets of a capture file: classic pcap and pcapng, of either byte order, micro- or nanoseconds.
import { UserError } from '../../core/errors/user-error.ts'
import type { Micros } from '../../core/speaker/contract.ts'
import type { OctetReader } from './octets.ts'
import type { Notes } from './wire-event.ts'

export interface CapturedPacket {
  readonly at: Micros
  /** From the IP header on. */
  readonly ip: Buffer
  readonly comment?: string
}

const SECTION = 0x0a0d0d0a
const BYTE_ORDER = 0x1a2b3c4d
/** Magic of a classic capture → units of its timestamps in a second. */
const CLASSIC: ReadonlyMap<number, bigint> = new Map([
  [0xa1b2c3d4, 1_000_000n],
  [0xa1b23c4d, 1_000_000_000n],
])
const LARGEST_BLOCK = 16 * 1024 * 1024

/** Whether these first octets are those of a capture. */
export function isCapture(head: Buffer): boolean {
  if (head.length < 4) return false
  const magic = head.readUInt32BE(0)
  return magic === SECTION || CLASSIC.has(magic) || CLASSIC.has(head.readUInt32LE(0))
}

/**
 * The IP packets of a capture. What the end of the file cuts short is left out and noted.
 * @throws UserError RW_TRACE where the file is damaged
 */
export function readPackets(input: OctetReader, head: Buffer, notes: Notes): AsyncGenerator<CapturedPacket> {
  return head.readUInt32BE(0) === SECTION ? readPcapng(input, notes) : readPcap(input, head, notes)
}

async function* readPcap(input: OctetReader, head: Buffer, notes: Notes): AsyncGenerator<CapturedPacket> {
  const little = CLASSIC.has(head.readUInt32LE(0))
  const read = integers(little)
  const units = CLASSIC.get(read.u32(head, 0))!
  const header = await input.take(24)
  if (header === undefined) throw damaged(input, 'the file header is cut short')
  const linkType = read.u32(header, 20) & 0xffff
  for (;;) {
    const head = await input.peek(16)
    if (head.length < 16) break
    const length = read.u32(head, 8)
    if (length > LARGEST_BLOCK) throw damaged(input, `a packet of ${length} octets`)
    const at = read.u32(head, 0) * 1_000_000 + microseconds(BigInt(read.u32(head, 4)), units)
    const record = await input.take(16 + length)
    if (record === undefined) break
    const ip = ipOf(record.subarray(16), linkType, notes)
    if (ip !== undefined) yield { at, ip }
  }
  noteRest(input, notes)
}

interface Interface {
  readonly linkType: number
  readonly units: bigint
}

async function* readPcapng(input: OctetReader, notes: Notes): AsyncGenerator<CapturedPacket> {
  let little = true
  let interfaces: Interface[] = []
  for (;;) {
    const head = await input.peek(12)
    if (head.length < 12) break
    const isSection = head.readUInt32LE(0) === SECTION
    if (isSection) {
      little = head.readUInt32LE(8) === BYTE_ORDER
      if (!little && head.readUInt32BE(8) !== BYTE_ORDER) throw damaged(input, 'no byte-order magic')
      interfaces = []
    }
    const read = integers(little)
    const type = read.u32(head, 0)
    const length = read.u32(head, 4)
    if (length < 12 || length % 4 !== 0 || length > LARGEST_BLOCK) {
      throw damaged(input, `a block of ${length} octets`)
    }
    const whole = await input.take(length)
    if (whole === undefined) break
    const body = whole.subarray(8, length - 4)
    if (type === 1) interfaces.push(interfaceOf(body, read))
    else if (type === 6) {
      const packet = enhanced(body, interfaces, read, notes)
      if (packet !== undefined) yield packet
    } else if (type === 2 || type === 3) notes.add('packet blocks without a timestamp, or obsolete, left out')
  }
  noteRest(input, notes)
}

function interfaceOf(body: Buffer, read: Integers): Interface {
  if (body.length < 8) return { linkType: -1, units: 1_000_000n }
  const resolution = optionOf(body.subarray(8), 9, read)?.[0]
  return {
    linkType: read.u16(body, 0),
    units:
      resolution === undefined
        ? 1_000_000n
        : (resolution & 0x80) === 0
          ? 10n ** BigInt(resolution)
          : 2n ** BigInt(resolution & 0x7f),
  }
}

function enhanced(
  body: Buffer,
  interfaces: readonly Interface[],
  read: Integers,
  notes: Notes,
): CapturedPacket | undefined {
  if (body.length < 20) return undefined
  const on = interfaces[read.u32(body, 0)]
  const length = read.u32(body, 12)
  if (on === undefined || 20 + length > body.length) return undefined
  const units = (BigInt(read.u32(body, 4)) << 32n) | BigInt(read.u32(body, 8))
  const ip = ipOf(body.subarray(20, 20 + length), on.linkType, notes)
  if (ip === undefined) return undefined
  const comment = optionOf(body.subarray(20 + length + ((4 - (length % 4)) % 4)), 1, read)
  return {
    at: microseconds(units, on.units),
    ip,
    ...(comment === undefined ? {} : { comment: comment.toString('utf8') }),
  }
}

/** The first option of a code. */
function optionOf(options: Buffer, code: number, read: Integers): Buffer | undefined {
  for (let at = 0; at + 4 <= options.length;) {
    const found = read.u16(options, at)
    const length = read.u16(options, at + 2)
    if (found === 0) return undefined
    if (found === code) return options.subarray(at + 4, at + 4 + length)
    at += 4 + length + ((4 - (length % 4)) % 4)
  }
  return undefined
}

/** Link type → where IP begins, and where the EtherType stands, if there is one. */
const LINKS: ReadonlyMap<number, { readonly ip: number; readonly etherType?: number }> = new Map([
  [0, { ip: 4 }], // BSD loopback
  [1, { ip: 14, etherType: 12 }],
  [12, { ip: 0 }], // raw IP, as some systems number it
  [14, { ip: 0 }],
  [101, { ip: 0 }],
  [108, { ip: 4 }],
  [113, { ip: 16, etherType: 14 }], // Linux "any"
  [228, { ip: 0 }],
  [229, { ip: 0 }],
  [276, { ip: 20, etherType: 0 }], // Linux "any", version 2
])
const VLAN_TAGS = new Set([0x8100, 0x88a8])
const IP_TYPES = new Set([0x0800, 0x86dd])

function ipOf(frame: Buffer, linkType: number, notes: Notes): Buffer | undefined {
  const link = LINKS.get(linkType)
  if (link === undefined) {
    notes.add(`packets left out: link type ${linkType} is not known`)
    return undefined
  }
  let { ip } = link
  if (link.etherType !== undefined) {
    if (frame.length < ip) return undefined
    let type = frame.readUInt16BE(link.etherType)
    while (VLAN_TAGS.has(type) && frame.length >= ip + 4) {
      type = frame.readUInt16BE(ip + 2)
      ip += 4
    }
    if (!IP_TYPES.has(type)) return undefined
  }
  return frame.subarray(ip)
}

interface Integers {
  u16(bytes: Buffer, at: number): number
  u32(bytes: Buffer, at: number): number
}

function integers(little: boolean): Integers {
  return little
    ? { u16: (bytes, at) => bytes.readUInt16LE(at), u32: (bytes, at) => bytes.readUInt32LE(at) }
    : { u16: (bytes, at) => bytes.readUInt16BE(at), u32: (bytes, at) => bytes.readUInt32BE(at) }
}

function microseconds(count: bigint, units: bigint): Micros {
  return Number((count * 1_000_000n) / units)
}

function damaged(input: OctetReader, problem: string): UserError {
  return new UserError('RW_TRACE', `${input.name} at octet ${input.position}: ${problem}`, {
    remedy: 'It is no capture file, or it is damaged there.',
  })
}

function noteRest(input: OctetReader, notes: Notes): void {
  if (input.left > 0) notes.add('octets at the end that are no whole packet', input.left)
}
