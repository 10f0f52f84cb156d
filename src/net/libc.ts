// The functions of libc that Node has no words for. koffi, which calls them, is optional: it is loaded when somebody asks for it.
import type Koffi from 'koffi'
import { UserError, whatHappened } from '../core/errors/user-error.ts'

/** Options of sockets, by number: level and name as on Linux. */
export interface SocketOption {
  /** What it is called in messages. */
  readonly name: string
  readonly level: number
  readonly option: number
}

const IPPROTO_IP = 0
const IPPROTO_TCP = 6
const IPPROTO_IPV6 = 41

/** linux/in.h, linux/in6.h, linux/tcp.h. */
export const IP_TTL: SocketOption = { name: 'IP_TTL', level: IPPROTO_IP, option: 2 }
export const IP_MINTTL: SocketOption = { name: 'IP_MINTTL', level: IPPROTO_IP, option: 21 }
export const IPV6_UNICAST_HOPS: SocketOption = { name: 'IPV6_UNICAST_HOPS', level: IPPROTO_IPV6, option: 16 }
export const IPV6_MINHOPCOUNT: SocketOption = { name: 'IPV6_MINHOPCOUNT', level: IPPROTO_IPV6, option: 73 }
export const TCP_MD5SIG_EXT: SocketOption = { name: 'TCP_MD5SIG_EXT', level: IPPROTO_TCP, option: 32 }

const SOCK_STREAM = 1
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000

/** Address families of sockets. */
export const AF_INET = 2
export const AF_INET6 = 10

/** Errors of `setsockopt` that a person can do something about: errno → what it means. */
const MEANINGS: Readonly<Record<number, string>> = {
  1: 'not permitted (EPERM)',
  12: 'the kernel has no room for it (ENOMEM: see net.core.optmem_max)',
  22: 'refused by the kernel (EINVAL)',
  92: 'the kernel was built without it (ENOPROTOOPT)',
}

type OpenSocket = (family: number, type: number, protocol: number) => number
type SetOption = (fd: number, level: number, option: number, value: Uint8Array, length: number) => number

/** What is needed of libc. */
export class Libc {
  readonly #socket: OpenSocket
  readonly #setsockopt: SetOption
  readonly #errno: () => number

  private constructor(koffi: typeof Koffi) {
    const libc = koffi.load(null)
    this.#socket = libc.func('int socket(int, int, int)') as OpenSocket
    this.#setsockopt = libc.func('int setsockopt(int, int, int, const void *, unsigned int)') as SetOption
    this.#errno = () => koffi.errno()
  }

  /** @throws UserError RW_SOCKET_OPTIONS where there is no koffi, or no Linux */
  static async load(): Promise<Libc> {
    if (process.platform !== 'linux')
      throw new UserError(
        'RW_SOCKET_OPTIONS',
        `password and ttlSecurity are for Linux, this is ${process.platform}`,
      )
    try {
      const { default: koffi } = await import('koffi')
      return new Libc(koffi)
    } catch (error) {
      throw new UserError(
        'RW_SOCKET_OPTIONS',
        `password and ttlSecurity need the package koffi, which cannot be loaded: ${whatHappened(error)}`,
        { remedy: 'Install it beside routewitness: npm install koffi' },
      )
    }
  }

  /**
   * A TCP socket that is not connected and does not block.
   * @returns its file descriptor, which is the caller's
   */
  socket(family: typeof AF_INET | typeof AF_INET6): number {
    const fd = this.#socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    if (fd < 0) throw new Error(`no socket: errno ${this.#errno()}`)
    return fd
  }

  /** @throws UserError RW_SOCKET_OPTIONS */
  set(fd: number, { name, level, option }: SocketOption, value: number | Uint8Array): void {
    const bytes = typeof value === 'number' ? new Uint8Array(Int32Array.of(value).buffer) : value
    if (this.#setsockopt(fd, level, option, bytes, bytes.length) === 0) return
    const errno = this.#errno()
    throw new UserError('RW_SOCKET_OPTIONS', `${name}: ${MEANINGS[errno] ?? `errno ${errno}`}`)
  }
}
