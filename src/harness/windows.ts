// The windows of a running router. While none is open nothing is noted; an open one is noted in its ledger as it happens,
// because what a claim is made about must be whole, however long ago it was. Which routes there were when it was opened is
// taken in bit by bit after that.
import { UserError } from '../core/errors/user-error.ts'
import type { Told } from '../core/speaker/route-batch.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { LedgerWindow } from '../core/window/answers.ts'
import type { Instant, WindowAnswers } from '../core/window/contract.ts'
import { Ledger } from '../core/window/ledger.ts'
import type { Router } from '../router/router.ts'
import type { EventRow } from './event-log.ts'
import type { Recent } from './recent.ts'
import { RecordedWindow } from './window.ts'
import { nextTurn, ROUTES_A_TURN } from './next-turn.ts'

export interface WindowsOf {
  readonly router: Router
  readonly recent: Recent
  readonly label: string
  readonly trace: string | undefined
  /** Rows of a ledger; left out: 5 million. */
  readonly limit?: number | undefined
}

/** Rows of a ledger that is fed as it happens: 5 million take about 200 MB. */
export const LIVE_LIMIT = 5_000_000

export class Windows {
  readonly #of: WindowsOf
  /** Undefined while no window is open, and what was there when the first one was opened is known. */
  #ledger: Ledger | undefined
  readonly #open = new Set<RecordedWindow>()

  constructor(of: WindowsOf) {
    this.#of = of
  }

  push(event: StreamEvent, told: readonly Told[]): void {
    this.#ledger?.push(event, told)
  }

  /**
   * Opens a window. Its marks "NAME: begin" and "NAME: end" are in the record; a name that was used before gets a number.
   * Throws RW_USAGE for what is no line of text.
   */
  open(name: string, mark: (name: string) => Instant): RecordedWindow {
    const { router, label, trace } = this.#of
    if (name.trim() === '' || /[\r\n]/.test(name))
      throw new UserError('RW_USAGE', 'the name of a window is a line of text', {
        remedy: 'Give it a name such as rollout.',
      })
    const unique = this.#unused(name)
    const { seq, at } = mark(beginOf(unique))
    const from = { seq, at }
    // A window that somebody forgot to close must not spoil all that come after it.
    if (this.#ledger?.isFull === true) {
      this.#ledger.takeIn(Number.POSITIVE_INFINITY)
      this.#ledger = undefined
    }
    const ledger = (this.#ledger ??= this.#begin(from))
    let to: Instant | undefined
    const answers = new LedgerWindow(ledger, {
      name: unique,
      from,
      to: () => to ?? latest(ledger.last, from),
      refresh: () => ledger.name((peer) => router.observer.checker.nodeOf(peer)),
    })
    const window: RecordedWindow = new RecordedWindow(answers, {
      label,
      trace,
      events: (asked) => this.#events(asked),
      isClosed: () => to !== undefined,
      close: () => {
        if (to !== undefined) return
        const end = mark(endOf(unique))
        to = { seq: end.seq, at: end.at }
        this.#open.delete(window)
        this.#letGo()
      },
    })
    this.#open.add(window)
    return window
  }

  /** The router is about to stop: nothing after this is anybody's doing but ours. */
  closeAll(): void {
    for (const window of [...this.#open]) window.close()
  }

  /** Resolves when all is known of what was there when the windows were opened. */
  async whole(): Promise<void> {
    while (this.#ledger?.isWhole === false) await nextTurn()
  }

  #begin(from: Instant): Ledger {
    const { world } = this.#of.router.observer
    const ledger = new Ledger({ limit: this.#of.limit ?? LIVE_LIMIT })
    ledger.begin(from, () => world.speaker)
    const takeIn = (): void => {
      if (ledger.takeIn(ROUTES_A_TURN)) this.#letGo()
      else setImmediate(takeIn)
    }
    setImmediate(takeIn)
    return ledger
  }

  /** A ledger must be shown every event until it is whole, also when its windows were closed before. */
  #letGo(): void {
    if (this.#open.size === 0 && this.#ledger?.isWhole === true) this.#ledger = undefined
  }

  #unused(name: string): string {
    const { marks } = this.#of.router.observer.world
    for (let count = 1; ; count++) {
      const unique = count === 1 ? name : `${name} #${count}`
      if (marks.get(beginOf(unique)) === undefined) return unique
    }
  }

  #events({ from, to }: WindowAnswers): readonly EventRow[] {
    return eventsWithin(this.#of.recent, from, to)
  }
}

export const beginOf = (name: string): string => `${name}: begin`
export const endOf = (name: string): string => `${name}: end`

const latest = (a: Instant, b: Instant): Instant => (a.seq >= b.seq ? a : b)

/** Events after `from`, up to `to`. Throws RW_NOT_FOUND when they are not all held in memory. */
export function eventsWithin(recent: Recent, from: Instant, to: Instant): readonly EventRow[] {
  if (from.seq < recent.forgotten)
    throw new UserError('RW_NOT_FOUND', `the events after ${from.seq} are not all held in memory`, {
      remedy: 'Keep a trace, and read it with openTrace().',
    })
  const rows: EventRow[] = []
  for (const one of recent.after(from.seq)) {
    if (one.seq > to.seq) break
    for (const row of one.rows) rows.push(row)
  }
  return rows
}
