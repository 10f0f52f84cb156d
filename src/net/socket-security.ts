// TCP MD5 signatures (RFC 2385) and GTSM (RFC 5082): what the kernel checks before we see a segment.
import { closeSync } from 'node:fs'
import { Socket, type Server, type SocketConstructorOpts } from 'node:net'
import { contains, isMapped, unmapped } from '../core/ip/arithmetic.ts'
import type { Address, Prefix } from '../core/ip/prefix.ts'
import { parseAddress } from '../core/ip/text.ts'
import { withoutZone } from '../core/speaker/originate.ts'
import {
  AF_INET,
  AF_INET6,
  IP_MINTTL,
  IP_TTL,
  IPV6_MINHOPCOUNT,
  IPV6_UNICAST_HOPS,
  Libc,
  TCP_MD5SIG_EXT,
} from './libc.ts'

/** Octets of a key at most (linux/tcp.h, TCP_MD5SIG_MAXKEYLEN). */
export const PASSWORD_MAX = 80
/** What GTSM sends, and accepts from a neighbour on the same link (RFC 5082 §3). */
const TTL = 255

/** What holds for the peers of a prefix. */
export interface PeerSecurity {
  readonly from: Prefix
  /** Key of TCP MD5 signatures: 1 to 80 octets. */
  readonly password?: string
  /** GTSM: send with TTL 255, and take nothing with less. */
  readonly ttlSecurity?: boolean
}

/** Sets on sockets what their peers' entries ask for. */
export class SocketSecurity {
  readonly #libc: Libc
  readonly #entries: readonly PeerSecurity[]

  private constructor(libc: Libc, entries: readonly PeerSecurity[]) {
    this.#libc = libc
    // The longest prefix decides, as it does among the kernel's keys.
    this.#entries = [...entries].sort((a, b) => b.from.length - a.from.length)
  }

  /**
   * @returns undefined where no entry asks for anything: then nothing is loaded
   * @throws UserError RW_SOCKET_OPTIONS where it cannot be had
   */
  static async load(entries: readonly PeerSecurity[]): Promise<SocketSecurity | undefined> {
    const isAsked = entries.some(
      ({ password, ttlSecurity }) => password !== undefined || ttlSecurity === true,
    )
    if (!isAsked) return undefined
    return new SocketSecurity(
      await Libc.load(),
      entries.map((entry) => ({ ...entry, from: unmappedPrefix(entry.from) })),
    )
  }

  /**
   * Prepares a socket that listens: connections inherit the keys, and the TTL that our side of the handshake is sent with.
   * @throws UserError RW_SOCKET_OPTIONS
   */
  listening(server: Server): void {
    const address = server.address()
    if (address === null || typeof address === 'string') return
    const own = parseAddress(address.address)
    const fd = descriptorOf(server)
    for (const { from, password } of this.#entries)
      if (password !== undefined && (unmapped(own).afi === from.afi || address.address === '::'))
        this.#libc.set(fd, TCP_MD5SIG_EXT, keyRecord(from, password, own.afi === 2))
    // Peers that do not ask for it are not harmed by a TTL of 255.
    if (this.#entries.some(({ ttlSecurity }) => ttlSecurity === true)) this.#sendFar(fd, own.afi === 2)
  }

  /** Prepares a connection that is open: from now on the kernel drops what comes from further away. */
  connected(socket: Socket): void {
    const { remoteAddress, remoteFamily } = socket
    if (remoteAddress === undefined || !this.#forAddress(addressOf(remoteAddress)).ttlSecurity) return
    const fd = descriptorOf(socket)
    if (fd >= 0) this.#takeNear(fd, remoteFamily === 'IPv6')
  }

  /**
   * A socket that is to be connected to this address.
   * @returns undefined where nothing is asked for
   * @throws UserError RW_SOCKET_OPTIONS
   */
  dialling(address: string): Socket | undefined {
    const target = addressOf(address)
    const { password, ttlSecurity } = this.#forAddress(target)
    if (password === undefined && !ttlSecurity) return undefined
    // Node connects to ::ffff:a.b.c.d as to any IPv6 address.
    const isIpv6 = address.includes(':')
    const fd = this.#libc.socket(isIpv6 ? AF_INET6 : AF_INET)
    try {
      const whole = { ...target, length: target.afi === 2 ? 128 : 32 }
      if (password !== undefined) this.#libc.set(fd, TCP_MD5SIG_EXT, keyRecord(whole, password, isIpv6))
      // What comes from further away is dropped only once it is connected: a refusal is sent with any TTL.
      if (ttlSecurity) this.#sendFar(fd, isIpv6)
      // Without `manualStart` Node reads at once from a socket that is given, which is not connected yet.
      const options: SocketConstructorOpts & { manualStart: true } = {
        fd,
        manualStart: true,
        allowHalfOpen: true,
      }
      return new Socket(options)
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  #forAddress(address: Address): { readonly password: string | undefined; readonly ttlSecurity: boolean } {
    const matching = this.#entries.filter(({ from }) => contains(from, address))
    return {
      password: matching.find(({ password }) => password !== undefined)?.password,
      ttlSecurity: matching[0]?.ttlSecurity === true,
    }
  }

  #sendFar(fd: number, isIpv6: boolean): void {
    this.#libc.set(fd, IP_TTL, TTL)
    if (isIpv6) this.#libc.set(fd, IPV6_UNICAST_HOPS, TTL)
  }

  #takeNear(fd: number, isIpv6: boolean): void {
    this.#libc.set(fd, IP_MINTTL, TTL)
    if (isIpv6) this.#libc.set(fd, IPV6_MINHOPCOUNT, TTL)
  }
}

/**
 * struct tcp_md5sig of linux/tcp.h, 216 octets in the machine's order: sockaddr_storage at 0, flags at 128, length of the prefix at 129,
 * length of the key at 130, the key at 136.
 * @param isIpv6 of the socket; it knows IPv4 addresses as ::ffff:a.b.c.d, and their prefixes by their own length
 */
function keyRecord({ afi, words, length }: Prefix, password: string, isIpv6: boolean): Uint8Array {
  const record = Buffer.alloc(216)
  const native = new DataView(record.buffer, record.byteOffset)
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
  native.setUint16(0, isIpv6 ? AF_INET6 : AF_INET, isLittle)
  // In sockaddr_in6 the flow label stands before the address.
  const at = isIpv6 ? 8 : 4
  const all = isIpv6 && afi === 1 ? [0, 0, 0xffff, ...words] : words
  for (const [index, word] of all.entries()) record.writeUInt32BE(word, at + 4 * index)
  const key = Buffer.from(password)
  record[128] = 1 // TCP_MD5SIG_FLAG_PREFIX
  record[129] = length
  native.setUint16(130, key.length, isLittle)
  key.copy(record, 136)
  return record
}

/** ::ffff:10.0.0.0/104 is 10.0.0.0/8. */
function unmappedPrefix(prefix: Prefix): Prefix {
  if (prefix.length < 96 || !isMapped(prefix)) return prefix
  return { ...unmapped(prefix), length: prefix.length - 96 }
}

const addressOf = (text: string): Address => unmapped(parseAddress(withoutZone(text)))

/** Node has it on every version, but documents it nowhere. */
function descriptorOf(owner: Server | Socket): number {
  const { _handle: handle } = owner as { _handle?: { fd?: number } | null }
  return handle?.fd ?? -1
}
