// What a router keeps of what is thrown at it: seen only when it is thrown again and again.
import { fileURLToPath } from 'node:url'
import type { ServeProcess } from '../../test/support/serve-process.ts'
import { health, isOverSoon, startServe, withServe } from './target.ts'
import { perform } from './thrower.ts'
import type { Throw } from './throws.ts'

const COLLECTOR = fileURLToPath(new URL('collector.mjs', import.meta.url))
const MIB = 2 ** 20
/** Octets that live on after all garbage is collected: what is remembered of the latest events takes 16 MiB at most. */
const LIVE = 24 * MIB
/** Octets of memory, garbage and what V8 keeps for later included. */
const RESIDENT = 96 * MIB
/** Throws that are under way at once. */
const WORKERS = 12
/** How often each is thrown before what is left open counts, and how much of it may be others' (a segment of the trace). */
const TIMES = 8
const SLACK = 4
/** How long memory may take to grow; and how long what was opened has to close. Milliseconds. */
const PATIENCE = 60_000
const QUIET = 4000
/** How often memory is looked at. Milliseconds. */
const LOOK = 500

export interface GrowingOptions {
  /** A router in this folder, with one more module loaded before it. */
  readonly start?: (directory: string, flags: string) => Promise<ServeProcess>
  /** How long memory may take to grow, milliseconds. */
  readonly patience?: number
}

/** Asks the same of many lists, each with a router of its own. */
export class Growing {
  readonly #start: (directory: string, flags: string) => Promise<ServeProcess>
  #patience: number

  constructor({ start = startServe, patience = PATIENCE }: GrowingOptions = {}) {
    this.#start = start
    this.#patience = patience
  }

  /** Whether memory grows. What shows it sooner leaves less time to the lists after it, which are parts of it. */
  async memory(throws: readonly Throw[]): Promise<boolean> {
    // Its heap has an end: what ends it made it grow.
    return this.#with(true, async (serve) => {
      const volley = new Volley(throws, serve.port)
      // What a router needs once for each peer, and for its code, is there after the first time.
      await volley.throw((round) => round > 0)
      const before = await collected(serve)
      const begun = performance.now()
      const spent = (): number => performance.now() - begun
      while (spent() < this.#patience) {
        const until = spent() + LOOK
        await volley.throw(() => spent() >= until || serve.isOver)
        const now = await collected(serve)
        if (now.live <= before.live + LIVE && now.resident <= before.resident + RESIDENT) continue
        this.#patience = Math.min(this.#patience, 3 * spent() + 4 * LOOK)
        return true
      }
      return false
    })
  }

  /** Whether connections or descriptors stay open. */
  async leftOpen(throws: readonly Throw[]): Promise<boolean> {
    return this.#with(false, async (serve) => {
      const before = await health(serve)
      const volley = new Volley(throws, serve.port)
      await volley.throw((round) => round >= TIMES)
      const over = performance.now() + QUIET
      for (;;) {
        const { connections, descriptors } = await health(serve)
        if (connections <= before.connections && descriptors <= before.descriptors + SLACK) return false
        if (performance.now() > over) return true
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    })
  }

  /** @param ended the answer when the router ends meanwhile */
  async #with(ended: boolean, look: (serve: ServeProcess) => Promise<boolean>): Promise<boolean> {
    const start = (directory: string): Promise<ServeProcess> =>
      this.#start(directory, `--import=${COLLECTOR}`)
    return withServe(start, async (serve) => {
      try {
        return await look(serve)
      } catch (error) {
        if (await isOverSoon(serve)) return ended
        throw error
      }
    })
  }
}

/**
 * Throws a list again and again, many at once but none together with itself: the later one of two sessions of the same peer
 * would end the other.
 */
class Volley {
  readonly #throws: readonly Throw[]
  readonly #port: number

  constructor(throws: readonly Throw[], port: number) {
    this.#throws = throws
    this.#port = port
  }

  /**
   * Resolves when what was thrown is over.
   * @param isEnough asked before each; `round` is how often it was thrown before
   */
  async throw(isEnough: (round: number) => boolean): Promise<void> {
    const { length } = this.#throws
    const abreast = Math.min(WORKERS, length)
    const worker = async (first: number): Promise<void> => {
      for (let round = 0; ; round++)
        for (let at = first; at < length; at += abreast) {
          if (isEnough(round)) return
          await perform(this.#throws[at]!, this.#port)
        }
    }
    await Promise.all(Array.from({ length: abreast }, (_, first) => worker(first)))
  }
}

/** Octets that a router has after all garbage is collected. */
async function collected(serve: ServeProcess): Promise<{ readonly live: number; readonly resident: number }> {
  const times = [...serve.text.matchAll(/^collected \d+:/gm)].length
  serve.signal('SIGUSR2')
  const [, live, resident] = await serve.says(
    new RegExp(`^collected ${times + 1}: (\\d+) live, (\\d+) resident$`, 'm'),
  )
  return { live: Number(live), resident: Number(resident) }
}
