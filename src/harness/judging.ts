// A running router's findings as they change: a verdict some time after something happened, of which most is done in turns.
import type { Verdict } from '../core/check/finding.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { Router } from '../router/router.ts'
import { COALESCE_MS } from './bell.ts'
import { FindingsWatch, type FindingChange } from './findings-watch.ts'

/** Judging may take at most this share of the time. */
const SHARE = 0.1

/** How many nodes are judged in one turn of the event loop, and in how many turns at most before the rest is done at once. */
const NODES_A_TURN = 50
const TURNS = 1000

export class Judging {
  readonly #router: Router
  readonly #now: () => Micros
  /** Called when it has judged. */
  readonly #judged: () => void
  readonly #watch = new FindingsWatch()
  readonly #listeners = new Set<(change: FindingChange) => void>()
  #timer: NodeJS.Timeout | undefined
  #pause = COALESCE_MS
  #ended = false

  constructor(router: Router, now: () => Micros, judged: () => void) {
    this.#router = router
    this.#now = now
    this.#judged = judged
  }

  /** Calls back when a finding appears or goes. */
  onFinding(listener: (change: FindingChange) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Something happened. */
  heard(): void {
    this.#timer ??= setTimeout(() => this.#prepare(0, TURNS), this.#pause)
  }

  /** Judges once more, and never again. */
  end(): void {
    this.#ended = true
    clearTimeout(this.#timer)
    this.#judge()
  }

  /** Does the work of a verdict in turns, with room for keepalives between them. */
  #prepare(before: Micros, turns: number): void {
    if (this.#ended) return
    const begun = this.#now()
    const done = turns === 0 || this.#router.observer.prepareVerdict(NODES_A_TURN)
    const spent = before + this.#now() - begun
    if (done) this.#judge(spent)
    else setImmediate(() => this.#prepare(spent, turns - 1))
  }

  /** @param spent microseconds that the verdict has taken so far */
  #judge(spent: Micros = 0): void {
    this.#timer = undefined
    const begun = this.#now()
    const verdict: Verdict = this.#router.observer.verdict()
    const changes = this.#watch.changes(verdict)
    this.#pause = Math.max(COALESCE_MS, (spent + this.#now() - begun) / 1e3 / SHARE)
    for (const change of changes) {
      this.#router.recordFinding(change.action, { ...change.finding })
      for (const listener of this.#listeners) listener(change)
    }
    this.#judged()
  }
}
