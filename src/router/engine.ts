// The heart of a running router: every input becomes a numbered event, is recorded, and only then understood; what
// the speaker wants done is done.
import type { Observer } from '../core/check/observer.ts'
import type { DialAttempt, Micros, TimerKey } from '../core/speaker/contract.ts'
import type { EventBody, MessageEvent, StreamEvent } from '../core/stream/events.ts'
import type { WorldEffect } from '../core/stream/world.ts'
import type { Clock } from '../net/clock.ts'
import type { Connection } from '../net/connection.ts'
import type { Dialler } from '../net/dialler.ts'
import { ShortRounds } from '../net/short-rounds.ts'
import { OpenSession, type EngineTimer } from './sessions.ts'
import { Subscribers, type Subscriber, type Watcher } from './subscribers.ts'

/** Where the stream is stored. It copies what it keeps, and neither throws nor blocks. */
export interface Recorder {
  append(event: StreamEvent): void
}

export interface EngineOptions {
  readonly observer: Observer
  readonly clock: Clock
  readonly recorder: Recorder | undefined
  /** Opens the connections that the speaker asks for. */
  readonly dialler: Dialler
  /**
   * Number of the first event, and of the first session: in a trace that is resumed no earlier session has a number
   * as high, because each was an event.
   */
  readonly first: number
  /** Keeps our timers apart from others' on the same clock. */
  readonly name: string
  readonly onProblem: (message: string) => void
}

/** The number and instant of an event. */
export interface Stamp {
  readonly seq: number
  readonly at: Micros
}

type SessionTimerKey = TimerKey & { readonly of: 'session' }

const STOPPED = 'the router has stopped'
/** How long what waited while input was held has to be read before a hold timer counts. Microseconds. */
const CATCH_UP: Micros = 1_000_000
/** Routes of a table that went away that are tidied up in one turn of the event loop. */
const TIDIED = 2000

const SETTLE = { of: 'check', timer: 'settle' } as const

export class Engine {
  readonly observer: Observer
  readonly #clock: Clock
  readonly #recorder: Recorder | undefined
  readonly #name: string
  readonly #settleTimer: string
  readonly #onProblem: (message: string) => void
  readonly #dialler: Dialler
  readonly #subscribers: Subscribers
  readonly #sessions = new Map<number, OpenSession>()
  readonly #timers = new Set<string>()
  /** Hold timers that have ended, while it is looked whether input waits. */
  readonly #looking = new Set<string>()
  readonly #rounds = new ShortRounds<{
    readonly key: SessionTimerKey
    readonly timer: EngineTimer
  }>(({ key, timer }) => this.#giveUp(key, timer))
  #idle: (() => void)[] = []
  #seq: number
  #at: Micros = 0
  #nextSession: number
  #ended = false
  #tidying = false
  #bytesOfClosed = 0
  /** Input is held; and until when it was. */
  #held = false
  #heldUntil = Number.NEGATIVE_INFINITY
  readonly counters = { connections: 0, refused: 0, messagesIn: 0, messagesOut: 0, bytesOut: 0 }

  constructor(options: EngineOptions) {
    this.observer = options.observer
    this.#clock = options.clock
    this.#recorder = options.recorder
    this.#name = options.name
    this.#settleTimer = `${options.name} settle`
    this.#onProblem = options.onProblem
    this.#dialler = options.dialler
    this.#seq = options.first - 1
    this.#nextSession = options.first
    this.#subscribers = new Subscribers((error) => this.#onProblem(`a subscriber failed: ${describe(error)}`))
  }

  /** Octets received. */
  get bytesIn(): number {
    let sum = this.#bytesOfClosed
    for (const { connection } of this.#sessions.values()) sum += connection.received
    return sum
  }

  /** Told that input is held (false: no more): nobody's silence counts meanwhile, because nobody is heard. */
  hold(held: boolean): void {
    this.#held = held
    this.#heldUntil = this.#clock.now()
  }

  /** Adds an event to the stream: it is recorded, understood, acted on and told, in this order. */
  take(body: EventBody): Stamp {
    const event = this.#record(body)
    this.#understand(event, true)
    this.#finishTurn()
    return { seq: event.seq, at: event.at }
  }

  /** Takes over a connection as a new session; `dial` is the attempt that opened it. */
  connect(connection: Connection, dial?: DialAttempt): void {
    if (this.#ended) return connection.close('rst')
    const number = this.#nextSession
    this.#nextSession += 1
    this.#sessions.set(number, new OpenSession(number, connection))
    this.counters.connections += 1
    if (connection.refused !== undefined) this.counters.refused += 1
    connection.start({
      message: (bytes) => this.#receive(number, bytes),
      blocked: (blocked) => this.take({ type: 'session-blocked', session: number, blocked }),
      unframed: (bytes, subcode) => this.take({ type: 'unframed', session: number, subcode, bytes }),
      closed: (how, message) => this.#closed(number, how, message),
    })
    const { listener, local, remote, refused } = connection
    this.take({
      type: 'session-opened',
      session: number,
      listener,
      local,
      remote,
      ...(refused === undefined ? {} : { refused }),
      ...(dial === undefined ? {} : { dial }),
    })
  }

  /** Tells of every event from now on. Returns how to stop that. */
  subscribe(subscriber: Subscriber): () => void {
    return this.#subscribers.add(subscriber, this.#seq)
  }

  /** Shows every event from now on, at once. */
  watch(watcher: Watcher): void {
    this.#subscribers.addWatcher(watcher)
  }

  /** Settles when no connection is open. */
  async idle(): Promise<void> {
    if (this.#sessions.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Closes what is still open, the hard way. */
  reset(): void {
    for (const { connection } of this.#sessions.values()) connection.close('rst')
  }

  /** Adds the last event; whatever comes later is ignored, and no timer fires any more. */
  end(reason: string): void {
    this.take({ type: 'stopped', reason })
    this.#ended = true
    this.#dialler.close()
    for (const key of this.#timers) this.#clock.clearTimer(key)
    this.#timers.clear()
  }

  #receive(number: number, bytes: Uint8Array): void {
    const session = this.#sessions.get(number)
    if (session === undefined) return
    this.counters.messagesIn += 1
    const event = this.#message(session, 'in', bytes)
    this.#understand(event, true)
    this.#finishTurn()
  }

  #closed(number: number, how: 'fin' | 'rst' | 'error' | 'closed-by-us', message: string | undefined): void {
    this.#bytesOfClosed += this.#sessions.get(number)?.connection.received ?? 0
    this.#sessions.delete(number)
    const closed = { type: 'session-closed', session: number, how } as const
    this.take(message === undefined ? closed : { ...closed, message })
    if (this.#sessions.size > 0) return
    const waiting = this.#idle
    this.#idle = []
    for (const resolve of waiting) resolve()
  }

  /** What follows an input that was handled to its end: only now may subscribers give commands. */
  #finishTurn(): void {
    this.#awaitSettle()
    this.#subscribers.deliver()
    if (!this.#tidying && !this.observer.world.speaker.tidy(0)) this.#tidy()
  }

  /** What is left of a large table that went away is tidied up in turns, and also when nothing else happens. */
  #tidy(): void {
    this.#tidying = true
    setImmediate(() => {
      this.#tidying = false
      if (!this.observer.world.speaker.tidy(TIDIED)) this.#tidy()
    })
  }

  #now(): Micros {
    this.#at = Math.max(this.#at, this.#clock.now())
    return this.#at
  }

  /**
   * Records a message. Written out, because this is where a full table passes, and every KEEPALIVE: spreading objects costs
   * more than reading the message.
   */
  #message(session: OpenSession, direction: 'in' | 'out', bytes: Uint8Array): MessageEvent {
    if (this.#ended) throw new Error(STOPPED)
    const { fourOctetAs, addPath, peerAsn } = session.readingOf(bytes, direction)
    this.#seq += 1
    const event: MessageEvent = {
      type: 'message',
      session: session.number,
      direction,
      bytes,
      fourOctetAs,
      addPath,
      peerAsn,
      seq: this.#seq,
      at: this.#now(),
    }
    this.#recorder?.append(event)
    return event
  }

  #record(body: EventBody): StreamEvent {
    if (this.#ended) throw new Error(STOPPED)
    this.#seq += 1
    const event: StreamEvent = { ...body, seq: this.#seq, at: this.#now() }
    this.#recorder?.append(event)
    return event
  }

  #understand(event: StreamEvent, told: boolean): void {
    const session = 'session' in event ? this.#sessions.get(event.session) : undefined
    try {
      const applied = this.observer.apply(event)
      if (told) this.#subscribers.enqueue(event, applied)
      if (session !== undefined && !session.settled)
        session.learn(this.observer.world.speaker.session(session.number))
      for (const effect of applied.effects) this.#perform(effect)
    } catch (error) {
      // Our own mistake. It must not take the other sessions down, and the record has the input that led to it.
      this.#onProblem(`event ${event.seq} (${event.type}) could not be understood: ${describe(error)}`)
      session?.connection.close('rst')
    }
  }

  #perform(effect: WorldEffect): void {
    switch (effect.do) {
      case 'send':
        return this.#send(effect.session, effect.bytes)
      case 'start-timer':
        return this.#startTimer(effect.key, effect.after)
      case 'stop-timer': {
        const key = this.#timerName(effect.key)
        this.#timers.delete(key)
        this.#looking.delete(key)
        return this.#clock.clearTimer(key)
      }
      case 'connect':
        return this.#dial(effect)
      case 'abort-connect':
        return this.#dialler.abort(effect)
      case 'close':
        return this.#sessions.get(effect.session)?.connection.close(effect.how)
      case 'set-max-length':
        return this.#sessions.get(effect.session)?.connection.setMaxLength(effect.length)
    }
  }

  #dial(effect: Extract<WorldEffect, { do: 'connect' }>): void {
    const { range, attempt, address, port } = effect
    this.#dialler.connect(effect, {
      connected: (connection) => this.connect(connection, { range, attempt }),
      failed: (message) => {
        if (!this.#ended) this.take({ type: 'dial-failed', range, attempt, to: { address, port }, message })
      },
    })
  }

  #send(number: number, bytes: Uint8Array): void {
    const session = this.#sessions.get(number)
    if (session === undefined || !session.connection.write(bytes)) return
    this.counters.messagesOut += 1
    this.counters.bytesOut += bytes.length
    this.#understand(this.#message(session, 'out', bytes), true)
  }

  #startTimer(key: TimerKey | typeof SETTLE, after: Micros): void {
    const timer = this.#timer(key)
    timer.late = false
    if (this.#looking.size > 0) this.#looking.delete(timer.name)
    this.#timers.add(timer.name)
    this.#clock.setTimer(timer.name, after, timer.fire)
  }

  /** The hold timer starts anew with every message, and keepalive timers again and again: those of a session are kept. */
  #timer(key: TimerKey | typeof SETTLE): EngineTimer {
    const session = key.of === 'session' ? this.#sessions.get(key.session) : undefined
    if (key.of !== 'session' || session === undefined) return this.#newTimer(key)
    let timer = session.timers.get(key.timer)
    if (timer === undefined) session.timers.set(key.timer, (timer = this.#newTimer(key)))
    return timer
  }

  #newTimer(key: TimerKey | typeof SETTLE): EngineTimer {
    const name = this.#timerName(key)
    const fire = (): void => {
      this.#timers.delete(name)
      if (this.#ended) return
      if (key.of === 'session' && key.timer === 'keepalive') this.#keepalive(key)
      else if (key.of === 'session' && key.timer === 'hold') this.#holdEnds(key, timer)
      else this.take({ type: 'timer', key })
    }
    const timer = { name, fire, late: false }
    return timer
  }

  /** Whether what the peer sent may be with the kernel, because input is held or was a moment ago. */
  #isDeaf(timer: EngineTimer): boolean {
    return this.#held || (!timer.late && this.#clock.now() < this.#heldUntil + CATCH_UP)
  }

  #holdEnds(key: SessionTimerKey, timer: EngineTimer): void {
    if (this.#isDeaf(timer)) return this.#putOff(timer)
    this.#looking.add(timer.name)
    this.#timers.add(timer.name)
    // Between two immediates the sockets are read.
    this.#look(key, timer, 2)
  }

  /**
   * As BIRD and FRR do, which look whether input waits when a hold timer ends: where we are late, so is what we read. Any
   * message starts the timer anew.
   */
  #look(key: SessionTimerKey, timer: EngineTimer, immediates: number): void {
    setImmediate(() => {
      if (immediates > 1) return this.#look(key, timer, immediates - 1)
      this.#rounds.run({ key, timer })
    })
  }

  #giveUp(key: SessionTimerKey, timer: EngineTimer): void {
    if (this.#ended || !this.#looking.has(timer.name)) return
    if (this.#isDeaf(timer)) {
      this.#looking.delete(timer.name)
      return this.#putOff(timer)
    }
    if (this.#sessions.get(key.session)?.connection.waits === true) return this.#look(key, timer, 1)
    this.#looking.delete(timer.name)
    this.#timers.delete(timer.name)
    this.take({ type: 'timer', key })
  }

  /** Looks again when what waits has been read. */
  #putOff(timer: EngineTimer): void {
    timer.late = !this.#held
    this.#timers.add(timer.name)
    this.#clock.setTimer(timer.name, CATCH_UP, timer.fire)
  }

  /** Not recorded, because the KEEPALIVE that it sends is: so it has no number of its own. */
  #keepalive(key: TimerKey): void {
    this.#understand({ type: 'timer', key, seq: this.#seq, at: this.#now() }, false)
    this.#finishTurn()
  }

  #timerName(key: TimerKey | typeof SETTLE): string {
    if (key.of === 'session') return `${this.#name} session ${key.session} ${key.timer}`
    if (key.of === 'dial') return `${this.#name} dial ${key.range} ${key.timer}`
    return key.of === 'peer' ? `${this.#name} peer ${key.timer} ${key.peer}` : this.#settleTimer
  }

  /**
   * Findings become due when a settle time ends: that is an event too, so that a trace gives the same ones. The next
   * end only moves on while we wait for it, so it is asked for once, not with every message.
   */
  #awaitSettle(): void {
    if (this.#ended || this.#timers.has(this.#settleTimer)) return
    const due = this.observer.nextSettle()
    if (due !== undefined) this.#startTimer(SETTLE, Math.max(0, due - this.#now()))
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
