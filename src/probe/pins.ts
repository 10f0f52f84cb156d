// Pinning connections to next hops without any route of the system changing: a block of source ports, a rule that sends
// them to a table of their own, and one route in it. Needs CAP_NET_ADMIN in the network namespace that the probes leave from.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Our mark on rules and routes, and where our tables and priorities begin. */
const PROTOCOL = '179'
const BASE = 17_900
/** Ports below those that the system gives away by itself. */
const FIRST_PORT = 12_000
const PORTS = 256
const LAST_PORT = 32_000

/** No right to set rules and routes, or no `ip`. */
export class NoRight extends Error {}

/** A block of source ports whose packets to one address go by one route. */
export class Pin {
  readonly host: string
  readonly table: string
  readonly #first: number
  #next = 0

  constructor(host: string, number: number) {
    this.host = host
    this.table = String(BASE + number)
    this.#first = FIRST_PORT + number * PORTS
  }

  get range(): string {
    return `${this.#first}-${this.#first + PORTS - 1}`
  }

  /** The next source port, in turn, so that one is not used again before its last connection is forgotten. */
  port(): number {
    const port = this.#first + this.#next
    this.#next = (this.#next + 1) % PORTS
    return port
  }
}

/** All pins of one prober. One prober at a time in a network namespace: its start clears what a killed one left. */
export class Pins {
  readonly #pins = new Set<Pin>()
  readonly #free: number[] = []
  #numbers = 0
  /** Hash policies as they were, by file. */
  readonly #policies = new Map<string, string>()

  /** @throws NoRight */
  static async open(): Promise<Pins> {
    for (const family of ['-4', '-6']) await flush(family)
    // Whether one may is known only by trying.
    const trial = ['pref', String(BASE - 1), 'to', '192.0.2.1', 'lookup', 'main', 'protocol', PROTOCOL]
    await ip('-4', 'rule', 'add', ...trial)
    await ip('-4', 'rule', 'del', ...trial)
    return new Pins()
  }

  /**
   * @param via next hops; several are spread over by the hash of the 5-tuple, as an ECMP router does
   * @throws Error when the kernel refuses the route: the next hop is on no link of this machine
   */
  async pin(host: string, via: readonly string[]): Promise<Pin> {
    const number = this.#free.pop() ?? this.#numbers++
    if (FIRST_PORT + (number + 1) * PORTS > LAST_PORT) throw new Error('there are too many paths to pin')
    const pin = new Pin(host, number)
    this.#pins.add(pin)
    try {
      await this.route(pin, via)
      await ip(family(host), 'rule', 'add', ...rule(pin))
    } catch (error) {
      this.#pins.delete(pin)
      this.#free.push(number)
      throw error
    }
    return pin
  }

  /** Replaces the route of a pin. Connections that stand move with it. */
  async route(pin: Pin, via: readonly string[]): Promise<void> {
    const { host, table } = pin
    if (via.length > 1) await this.#hashPorts(host)
    const hops = via.length === 1 ? ['via', via[0]!] : via.flatMap((address) => ['nexthop', 'via', address])
    const where = via.length === 0 ? ['unreachable', host] : [host]
    // Next hops come last: what follows one is taken for a part of it.
    await ip(family(host), 'route', 'replace', ...where, 'table', table, 'proto', PROTOCOL, ...hops)
  }

  async release(pin: Pin): Promise<void> {
    if (!this.#pins.delete(pin)) return
    await ip(family(pin.host), 'rule', 'del', ...rule(pin)).catch(() => undefined)
    await ip(family(pin.host), 'route', 'flush', 'table', pin.table, 'proto', PROTOCOL).catch(() => undefined)
    this.#free.push(Number(pin.table) - BASE)
  }

  async close(): Promise<void> {
    for (const pin of this.#pins) await this.release(pin)
    for (const [file, policy] of this.#policies) await writeFile(file, policy).catch(() => undefined)
  }

  /** Linux spreads by addresses alone unless told to look at ports, too; a router at the top of a rack looks at both. */
  async #hashPorts(host: string): Promise<void> {
    const file = `/proc/sys/net/${family(host) === '-4' ? 'ipv4' : 'ipv6'}/fib_multipath_hash_policy`
    if (this.#policies.has(file)) return
    const before = await readFile(file, 'utf8')
    if (before.trim() === '1') return
    await writeFile(file, '1')
    this.#policies.set(file, before)
  }
}

function rule({ host, range, table }: Pin): string[] {
  const from = ['pref', table, 'to', host, 'ipproto', 'tcp', 'sport', range]
  return [...from, 'lookup', table, 'protocol', PROTOCOL]
}

const family = (host: string): '-4' | '-6' => (host.includes(':') ? '-6' : '-4')

async function flush(family: string): Promise<void> {
  try {
    const { stdout } = await run('ip', [family, 'rule', 'show'], PATH)
    for (const [, table] of stdout.matchAll(/lookup (\d+) proto 179\b/g))
      await ip(family, 'route', 'flush', 'table', table!, 'proto', PROTOCOL).catch(() => undefined)
    await run('ip', [family, 'rule', 'flush', 'protocol', PROTOCOL], PATH)
  } catch (error) {
    // IPv6 may be off.
    if (family === '-4') throw refusal(error)
  }
}

const PATH = { env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } }

async function ip(...args: readonly string[]): Promise<void> {
  try {
    await run('ip', [...args], PATH)
  } catch (error) {
    throw refusal(error)
  }
}

function refusal(error: unknown): Error {
  const { code, stderr = '', message } = error as NodeJS.ErrnoException & { stderr?: string }
  if (code === 'ENOENT') return new NoRight('there is no `ip` (package iproute2)')
  const text = stderr.trim().replace(/^(RTNETLINK answers|Error): /, '')
  if (/not permitted|denied/i.test(text))
    return new NoRight(`no right to set routes (CAP_NET_ADMIN): ${text}`)
  return new Error(text === '' ? message : text)
}
