// A router's stream in virtual time, without sockets: real bytes through the real speaker, objects, and the check.
import { Observer } from '../../src/core/check/observer.ts'
import type { Finding, Verdict } from '../../src/core/check/finding.ts'
import type { Micros, PeerRange, TimerKey } from '../../src/core/speaker/contract.ts'
import type { ClusterObject, EventBody, StreamEvent } from '../../src/core/stream/events.ts'
import { encodeEndOfRib } from '../../src/core/wire/update-encode.ts'
import { IPV4_UNICAST } from '../../src/core/wire/message.ts'
import { config, micros, START } from './speaker-bench.ts'
import { keepalive, open, update, type OpenFields } from './speaker-messages.ts'

export interface ClusterSetup {
  readonly range?: Partial<PeerRange>
  readonly asn?: number
  readonly settle?: string
  readonly listener?: string
}

type AnyTimer = TimerKey | { readonly of: 'check'; readonly timer: 'settle' }

export class ObservedCluster {
  readonly observer: Observer
  /** Every event, for a reader of the trace. */
  readonly events: StreamEvent[] = []
  readonly settle: Micros
  readonly config
  now: Micros = START
  #seq = 0
  #session = 0
  readonly #listener: string
  readonly #timers = new Map<string, { at: Micros; key: AnyTimer }>()
  /** Sessions whose peers send KEEPALIVEs. */
  readonly #alive = new Set<number>()

  constructor(setup: ClusterSetup = {}) {
    this.config = config(
      { from: { afi: 1, words: [0], length: 0 }, ...setup.range },
      { asn: setup.asn ?? 65000 },
    )
    this.settle = micros(setup.settle ?? '15s')
    this.#listener = setup.listener ?? '127.0.0.1:1790'
    this.observer = new Observer(this.config, { settle: this.settle })
    this.event({
      type: 'started',
      version: '0',
      config: this.config,
      settle: this.settle,
      listeners: [this.#listener],
    })
  }

  /** Appends an event and performs what follows from it. */
  event(body: EventBody): number {
    const event = { ...body, seq: ++this.#seq, at: this.now } as StreamEvent
    this.events.push(event)
    const closed: number[] = []
    for (const effect of this.observer.apply(event).effects) {
      if (effect.do === 'start-timer')
        this.#timers.set(JSON.stringify(effect.key), { at: this.now + effect.after, key: effect.key })
      if (effect.do === 'stop-timer') this.#timers.delete(JSON.stringify(effect.key))
      if (effect.do === 'close') closed.push(effect.session)
    }
    const due = this.observer.nextSettle()
    if (due === undefined) this.#timers.delete('settle')
    else this.#timers.set('settle', { at: Math.max(due, this.now), key: { of: 'check', timer: 'settle' } })
    for (const session of closed) this.event({ type: 'session-closed', session, how: 'closed-by-us' })
    return event.seq
  }

  set(...objects: ClusterObject[]): this {
    for (const object of objects) this.event({ type: 'object', action: 'set', object })
    return this
  }

  deletes(kind: string, name: string): this {
    this.event({ type: 'object', action: 'deleted', object: { apiVersion: 'v1', kind, metadata: { name } } })
    return this
  }

  /** A speaker connects; `from` is its source address, `to` ours. */
  speaker(fields: OpenFields & { from?: string; to?: string } = {}): ObservedSpeaker {
    const { from = '127.0.0.1', to = '127.0.0.1', ...open } = fields
    return new ObservedSpeaker(this, open, from, to)
  }

  connect(from: string, to: string): number {
    const session = ++this.#session
    const local = { address: to, port: 1790 }
    this.event({
      type: 'session-opened',
      session,
      listener: this.#listener,
      local,
      remote: { address: from, port: 40000 + session },
    })
    this.#alive.add(session)
    return session
  }

  message(session: number, bytes: Uint8Array): void {
    this.event({
      type: 'message',
      session,
      direction: 'in',
      bytes,
      fourOctetAs: true,
      addPath: false,
      peerAsn: 0,
    })
  }

  closes(session: number, how: 'fin' | 'rst'): void {
    this.#alive.delete(session)
    this.event({ type: 'session-closed', session, how })
  }

  /** The peer of this session sends nothing from now on, or KEEPALIVEs again; the last one came just now. */
  silences(session: number, silent: boolean): void {
    if (silent) this.#alive.delete(session)
    else this.#alive.add(session)
    const hold = this.observer.world.speaker.session(session)?.holdTime ?? 0
    for (const [name, { key }] of this.#timers)
      if (key.of === 'session' && key.session === session && key.timer === 'hold')
        this.#timers.set(name, { at: this.now + hold * 1e6, key })
  }

  /** Lets time pass. Peers send KEEPALIVEs: the hold timer is put off instead. */
  passes(duration: string): this {
    const end = this.now + micros(duration)
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)
      if (next === undefined) break
      const [name, { at, key }] = next
      if (key.of === 'session' && key.timer === 'hold' && this.#alive.has(key.session)) {
        this.#timers.set(name, { at: at + 30e6, key })
        continue
      }
      this.now = at
      this.#timers.delete(name)
      if (key.of === 'session' && key.timer === 'keepalive') continue
      this.event({ type: 'timer', key })
    }
    this.now = end
    return this
  }

  /** Waits until every settle time has passed. */
  settled(): Verdict {
    this.passes(`${this.settle / 1e6}s`)
    return this.observer.verdict()
  }

  verdict(): Verdict {
    return this.observer.verdict()
  }

  /** Another observer that reads the same stream. */
  reread(from = 0, checkpoint?: ReturnType<Observer['checkpoint']>): Observer {
    const observer = new Observer(this.config, { settle: this.settle }, checkpoint)
    for (const event of this.events.slice(from)) observer.apply(event)
    return observer
  }
}

export class ObservedSpeaker {
  readonly #cluster: ObservedCluster
  readonly #open: OpenFields
  readonly #from: string
  readonly #to: string
  session: number

  constructor(cluster: ObservedCluster, open: OpenFields, from: string, to: string) {
    this.#cluster = cluster
    this.#open = open
    this.#from = from
    this.#to = to
    this.session = 0
    this.comes()
  }

  comes(): this {
    this.session = this.#cluster.connect(this.#from, this.#to)
    return this.sends(open(this.#open)).sends(keepalive)
  }

  sends(bytes: Uint8Array): this {
    this.#cluster.message(this.session, bytes)
    return this
  }

  announces(...prefixes: string[]): this {
    return this.sends(update({ prefixes }))
  }

  withdraws(...withdrawn: string[]): this {
    return this.sends(update({ prefixes: [], withdrawn }))
  }

  get isOpen(): boolean {
    return this.#cluster.observer.world.speaker.session(this.session)?.closedAt === undefined
  }

  endsRib(): this {
    return this.sends(encodeEndOfRib(IPV4_UNICAST))
  }

  closes(how: 'fin' | 'rst' = 'fin'): this {
    this.#cluster.closes(this.session, how)
    return this
  }
}

/** "node01 10.5.115.0/24 wrong-owner", in the order of the verdict. */
export function lines(verdict: Verdict): string[] {
  return verdict.findings.map(({ node, prefix, code }) =>
    [node, prefix, code].filter((part) => part !== undefined).join(' '),
  )
}

export function only(verdict: Verdict): Finding {
  const [finding, ...others] = verdict.findings
  if (finding === undefined || others.length > 0)
    throw new Error(`expected one finding: ${lines(verdict).join(', ')}`)
  return finding
}
