// Segments that the kernel drops before anybody sees them, because of their signature or their TTL. Without this, a wrong key looks
// like a cable that is not there.
import { readFile } from 'node:fs/promises'

const COUNTERS = '/proc/self/net/netstat'
/** How often the kernel's counters are read. Milliseconds. */
const LOOK = 2000
/** Over how many looks drops are counted, and how many are more than chance: what is sent around the end of a connection is neither signed nor near. */
const WINDOW = 5
const MANY = 3
/** How long nothing is said of a kind that was told of, however many come. Milliseconds. */
const QUIET = 60_000

/** Counters of `TcpExt:` in /proc/net/netstat, and what it means when they rise. */
const MEANINGS = {
  TCPMD5Unexpected:
    'are signed (TCP MD5, RFC 2385), and we have no key for them: give the peer its `password` here, or take it away on the other side (with Cilium: authSecretRef of the CiliumBGPPeerConfig)',
  TCPMD5NotFound:
    'are not signed (TCP MD5, RFC 2385), and the peer has a `password` here: give it on the other side (with Cilium: authSecretRef of the CiliumBGPPeerConfig), or take it away here',
  TCPMD5Failure:
    'are signed with another key than we have (TCP MD5, RFC 2385): `password` here differs from that on the other side (with Cilium: in the Secret of authSecretRef)',
  TCPMinTTLDrop:
    'came with a TTL below 255, and the peer has `ttlSecurity` here (GTSM, RFC 5082): it is not on the same link, or does not send with 255',
} as const

type Counter = keyof typeof MEANINGS
const NAMES = Object.keys(MEANINGS) as Counter[]

/**
 * The counters in a text as /proc/net/netstat has it: a line of names, a line of values.
 * @returns those that the kernel has
 */
export function readCounters(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => line.startsWith('TcpExt:'))
  const names = lines[at]?.split(' ') ?? []
  const values = lines[at + 1]?.split(' ') ?? []
  return new Map(
    NAMES.map((name): [string, number] => [name, Number(values[names.indexOf(name)])]).filter(([, value]) =>
      Number.isFinite(value),
    ),
  )
}

/** What is to be said when counters went from one state to another; empty when hardly anything was dropped. */
export function tellDrops(
  before: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
): readonly { readonly counter: string; readonly message: string }[] {
  return NAMES.flatMap((counter) => {
    const more = (now.get(counter) ?? 0) - (before.get(counter) ?? 0)
    if (more < MANY) return []
    return [
      {
        counter,
        message: `the kernel dropped ${more} TCP segments in the last ${(WINDOW * LOOK) / 1000} s, in this network namespace, that ${MEANINGS[counter]}`,
      },
    ]
  })
}

/** Looks at the kernel's counters as long as a router runs. They are those of its network namespace: nobody's alone. */
export class KernelDrops {
  readonly #onProblem: (message: string) => void
  readonly #toldAt = new Map<string, number>()
  /** The latest counters, oldest first. */
  readonly #seen: ReadonlyMap<string, number>[] = []
  readonly #timer: NodeJS.Timeout
  #closed = false

  constructor(onProblem: (message: string) => void) {
    this.#onProblem = onProblem
    this.#timer = setInterval(() => void this.#look(), LOOK)
    this.#timer.unref()
    void this.#look()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#closed = true
  }

  async #look(): Promise<void> {
    let now: ReadonlyMap<string, number>
    try {
      now = readCounters(await readFile(COUNTERS, 'latin1'))
    } catch (error) {
      // Not Linux, or not to be read: then nothing can be told. Anything else passes.
      if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) this.close()
      return
    }
    if (this.#closed) return
    this.#seen.push(now)
    if (this.#seen.length > WINDOW + 1) this.#seen.shift()
    const at = performance.now()
    for (const { counter, message } of tellDrops(this.#seen[0]!, now)) {
      if (at - (this.#toldAt.get(counter) ?? Number.NEGATIVE_INFINITY) < QUIET) continue
      this.#toldAt.set(counter, at)
      this.#onProblem(message)
    }
  }
}
