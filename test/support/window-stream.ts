// A stream of a few peers in the words of a test, all of its news kept beside the ledger that takes it.
import type { News } from '../../src/core/speaker/contract.ts'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { LedgerWindow } from '../../src/core/window/answers.ts'
import type { Instant, WindowAnswers } from '../../src/core/window/contract.ts'
import { Ledger } from '../../src/core/window/ledger.ts'
import { Rewind } from '../../src/core/window/rewind.ts'
import type { Family } from '../../src/core/wire/message.ts'
import { encodeEndOfRib } from '../../src/core/wire/update-encode.ts'
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/core/wire/message.ts'
import type { Disconnect } from '../../src/core/session/cause.ts'
import { LiveStream } from './live-stream.ts'
import { config } from './speaker-bench.ts'
import { keepalive, notification, open, update, type Restart } from './speaker-messages.ts'

export interface Kept {
  readonly event: StreamEvent
  readonly news: readonly News[]
}

export const keyOf = (identifier: string): string => `127.0.0.1:1790 64512 ${identifier}`

export class WindowStream {
  readonly live: LiveStream
  readonly ledger = new Ledger()
  readonly kept: Kept[] = []
  /** Begun in the middle, as a window that is opened begins one. */
  readonly others = new Set<Ledger>()
  /** The disk does not follow. */
  #full = false
  readonly #sessions = new Map<string, number>()
  #session = 0

  /** @param live has not started yet */
  constructor(live = new LiveStream({ config: config() })) {
    this.live = live
    this.live.after = (event, world, applied) => {
      this.kept.push({ event, news: applied.news })
      if (this.#full) return
      for (const ledger of [this.ledger, ...this.others]) {
        ledger.push(event, applied.told)
        if (event.type === 'checkpoint' && ledger.isLost)
          ledger.rebase({ seq: event.seq - 1, at: event.at }, world.speaker)
      }
    }
    this.live.start()
  }

  /** The last event. */
  get now(): Instant {
    return { seq: this.kept.at(-1)!.event.seq, at: this.live.now }
  }

  /** The names by which windows call the nodes. */
  named(names: Readonly<Record<string, string>>): this {
    this.ledger.name((peer) => names[peer.split(' ')[2]!])
    return this
  }

  comes(identifier: string, restart?: Restart): this {
    const session = ++this.#session
    this.#sessions.set(identifier, session)
    this.live.connect(session, `127.0.0.${identifier.split('.')[3]}`)
    const families = [IPV4_UNICAST, IPV6_UNICAST]
    const gracefulRestart = restart && { families, ...restart }
    this.live.receive(session, open({ identifier, families, ...(gracefulRestart && { gracefulRestart }) }))
    this.live.receive(session, keepalive)
    return this
  }

  /** Whether the last session of the peer is open still. */
  isUp(identifier: string): boolean {
    const session = this.#sessions.get(identifier)
    return session !== undefined && this.live.world.speaker.session(session)?.state === 'established'
  }

  sends(identifier: string, bytes: Uint8Array): this {
    this.live.receive(this.#sessions.get(identifier)!, bytes)
    return this
  }

  announces(identifier: string, ...prefixes: string[]): this {
    return this.sends(identifier, update({ prefixes }))
  }

  withdraws(identifier: string, ...withdrawn: string[]): this {
    return this.sends(identifier, update({ prefixes: [], withdrawn }))
  }

  endsRib(identifier: string, family: Family = IPV4_UNICAST): this {
    return this.sends(identifier, encodeEndOfRib(family))
  }

  notifies(identifier: string): this {
    return this.sends(identifier, notification([6, 4]))
  }

  closes(identifier: string, how: Disconnect = 'fin'): this {
    this.live.close(this.#sessions.get(identifier)!, how)
    return this
  }

  timer(identifier: string, timer: 'restart' | 'stale'): this {
    this.live.take({ type: 'timer', key: { of: 'peer', peer: keyOf(identifier), timer } })
    return this
  }

  passes(seconds: number): this {
    this.live.now += seconds * 1e6
    return this
  }

  /** What happens meanwhile is not in the record; a checkpoint follows. */
  loses(happens: () => void): this {
    const before = this.now.seq
    this.#full = true
    happens()
    this.#full = false
    const { seq, at } = this.now
    this.ledger.push({ type: 'gap', events: seq - before, reason: 'the disk is full', seq: seq + 1, at }, [])
    this.ledger.rebase(this.now, this.live.world.speaker)
    return this
  }

  /** The router is stopped, and started anew after that. */
  restarts(): this {
    this.live.take({ type: 'command', command: 'stop' })
    this.live.take({ type: 'stopped', reason: 'test' })
    this.passes(60)
    this.live.start()
    return this
  }

  mark(name = 'mark'): Instant {
    this.live.mark(name)
    return this.now
  }

  /** A ledger that begins now, as that of a window that is opened. */
  ledgerFromNow(): Ledger {
    const ledger = new Ledger()
    ledger.rebase(this.now, this.live.world.speaker)
    this.others.add(ledger)
    return ledger
  }

  /** The same, to which is shown bit by bit what there was: `takeIn`. */
  ledgerInTurns(): Ledger {
    const ledger = new Ledger()
    ledger.begin(this.now, () => this.live.world.speaker)
    this.others.add(ledger)
    return ledger
  }

  /** A ledger for what happened since an instant of the past: what there was then is worked out from what happened since. */
  ledgerSince(from: Instant): Ledger {
    const rewind = new Rewind()
    const since = this.kept.filter(({ event }) => event.seq > from.seq)
    for (const { news } of since) for (const one of news) rewind.take(one)
    const ledger = new Ledger()
    ledger.rebase(from, rewind.held(this.live.world.speaker))
    for (const { event, news } of since) ledger.push(event, news)
    return ledger
  }

  /** What happened from one instant to another, or up to now. */
  window(from: Instant, to: Instant = this.now, ledger: Ledger = this.ledger): LedgerWindow {
    return new LedgerWindow(ledger, { name: 'window', from, to: () => to })
  }
}

/** Every answer of a window, for comparing. */
export function answersOf(window: WindowAnswers): Record<string, unknown> {
  return {
    announcements: window.announcements(),
    withdrawals: window.withdrawals(),
    counts: window.counts(),
    flaps: window.flaps(),
    established: window.established(),
    notifications: window.notifications(),
    endOfRibs: window.endOfRibs(),
    stale: window.staleIntervals(),
    absences: window.absences(),
    duplicates: window.duplicates(),
    held: window.held(),
    unknowns: window.unknowns(),
    convergence: window.convergence(),
    names: window.names(),
  }
}
