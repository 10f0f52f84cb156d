// A speaker in virtual time: inputs in, effects performed on paper, every recorded input kept for a replay.
import { formatPrefix, parseIdentifier, parsePrefix } from '../../src/core/ip/text.ts'
import type {
  Command,
  Effect,
  Micros,
  News,
  PeerRange,
  SpeakerConfig,
  SpeakerInput,
  TimerKey,
} from '../../src/core/speaker/contract.ts'
import type { SpeakerApi } from '../../src/core/speaker/api.ts'
import { Speaker } from '../../src/core/speaker/speaker.ts'
import { decodeMessage, DEFAULT_CONTEXT } from '../../src/core/wire/codec.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type Message } from '../../src/core/wire/message.ts'
import { openAsn } from '../../src/core/wire/open.ts'

export const START: Micros = 1_700_000_000_000_000

export const RANGE: PeerRange = {
  from: parsePrefix('127.0.0.0/8'),
  asn: undefined,
  holdTime: 90,
  gracefulRestart: { time: 120, notification: true, families: [], staleTime: 180 },
  families: [IPV4_UNICAST, IPV6_UNICAST],
  extendedNextHop: false,
  extendedMessages: false,
  enhancedRouteRefresh: false,
  onSilence: 'report',
}

export function config(range: Partial<PeerRange> = {}, us: Partial<SpeakerConfig> = {}): SpeakerConfig {
  return { asn: 65000, identifier: parseIdentifier('10.0.0.1'), peers: [{ ...RANGE, ...range }], ...us }
}

/** "20s", "500ms", "4m" as microseconds. */
export function micros(duration: string): Micros {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(duration)
  if (match === null) throw new Error(`no duration: ${duration}`)
  return Math.round(Number(match[1]) * { ms: 1e3, s: 1e6, m: 6e7 }[match[2] as 'ms' | 's' | 'm'])
}

interface Recorded {
  readonly input: SpeakerInput
  readonly now: Micros
  readonly event: number
}

export class Bench {
  readonly config: SpeakerConfig
  readonly speaker: SpeakerApi
  readonly recorded: Recorded[] = []
  readonly news: News[] = []
  readonly sent: { readonly session: number; readonly bytes: Uint8Array }[] = []
  readonly effects: Effect[] = []
  /** Session → how we closed it. */
  readonly closed = new Map<number, 'fin' | 'rst'>()
  /** Peers answer our FIN with theirs at once, unless a test wants to see what happens when they do not. */
  peersClose = true
  now: Micros = START
  #event = 0
  #session = 0
  readonly #timers = new Map<string, { readonly at: Micros; readonly key: TimerKey }>()
  readonly #chores = new Map<number, { at: Micros; readonly every: Micros; readonly work: () => void }>()

  constructor(settings: SpeakerConfig = config()) {
    this.config = settings
    this.speaker = new Speaker(settings)
  }

  /** Feeds one input and performs its effects. */
  input(input: SpeakerInput): Effect[] {
    const silent = input.type === 'timer' && input.key.of === 'session' && input.key.timer === 'keepalive'
    const event = silent ? this.#event : ++this.#event
    if (!silent) this.recorded.push({ input, now: this.now, event })
    const effects = this.speaker.input(input, this.now, event)
    this.effects.push(...effects)
    const over: number[] = []
    for (const effect of effects) {
      if (effect.do === 'send') this.sent.push(effect)
      if (effect.do === 'tell') this.news.push(effect.news)
      if (effect.do === 'start-timer') {
        this.#timers.set(JSON.stringify(effect.key), { at: this.now + effect.after, key: effect.key })
      }
      if (effect.do === 'stop-timer') this.#timers.delete(JSON.stringify(effect.key))
      if (effect.do === 'close') {
        this.closed.set(effect.session, effect.how)
        if (this.peersClose || effect.how === 'rst') over.push(effect.session)
      }
    }
    for (const session of over) this.input({ type: 'connection-closed', session, how: 'closed-by-us' })
    return effects
  }

  connect(address = '127.0.0.14', refused?: 'source' | 'total'): number {
    const session = ++this.#session
    this.input({
      type: 'connection-opened',
      session,
      listener: '127.0.0.1:1790',
      local: { address: '127.0.0.1', port: 1790 },
      remote: { address, port: 40000 + session },
      ...(refused === undefined ? {} : { refused }),
    })
    return session
  }

  /** Begins its work: what is to be dialled is dialled. */
  start(): this {
    this.input({ type: 'start' })
    return this
  }

  /** Every attempt to connect so far. */
  attempts(): Extract<Effect, { do: 'connect' }>[] {
    return this.effects.filter((effect) => effect.do === 'connect')
  }

  /** The last attempt, or that one, gives a connection. */
  dialSucceeds(attempt = this.attempts().at(-1)!.attempt): number {
    const { range, address, port } = this.attempts().at(-1)!
    const session = ++this.#session
    this.input({
      type: 'connection-opened',
      session,
      listener: '127.0.0.1:1790',
      local: { address: '127.0.0.1', port: 50000 + session },
      remote: { address, port },
      dial: { range, attempt },
    })
    return session
  }

  dialFails(attempt = this.attempts().at(-1)!.attempt): this {
    const { range } = this.attempts().at(-1)!
    this.input({ type: 'dial-failed', range, attempt, message: 'refused' })
    return this
  }

  message(session: number, bytes: Uint8Array): void {
    this.input({ type: 'message', session, bytes })
  }

  command(command: Command): void {
    this.input({ type: 'command', ...command })
  }

  /** Does work now and then, until told otherwise. */
  everySoOften(session: number, every: Micros, work: () => void): void {
    this.#chores.set(session, { at: this.now + every, every, work })
  }

  noMore(session: number): void {
    this.#chores.delete(session)
  }

  /** Lets time pass; timers fire when they are due. */
  passes(duration: string): void {
    const end = this.now + micros(duration)
    for (;;) {
      const timers = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)
      const chores = [...this.#chores.values()].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      const [timer, chore] = [timers[0], chores[0]]
      if (timer === undefined && chore === undefined) break
      if (chore !== undefined && chore.at <= (timer?.[1].at ?? Infinity)) {
        this.now = chore.at
        chore.at += chore.every
        chore.work()
      } else if (timer !== undefined) {
        this.now = timer[1].at
        this.#timers.delete(timer[0])
        this.input({ type: 'timer', key: timer[1].key })
      }
    }
    this.now = end
  }

  /** Names of the running timers. */
  timers(): string[] {
    return [...this.#timers.values()].map(({ key }) => key.timer).sort()
  }

  /** What was sent on a session, decoded as the peer would. */
  messages(session: number): Message[] {
    const view = this.speaker.session(session)
    const internal = view?.received !== undefined && openAsn(view.received) === this.config.asn
    const context = { ...DEFAULT_CONTEXT, internal, fourOctetAs: view?.fourOctetAs ?? true, maxLength: 65535 }
    return this.sent
      .filter((each) => each.session === session)
      .map(({ bytes }) => decodeMessage(bytes, context))
  }

  newsOf<Kind extends News['news']>(kind: Kind): Extract<News, { news: Kind }>[] {
    return this.news.filter((news): news is Extract<News, { news: Kind }> => news.news === kind)
  }

  /** A fresh speaker that was given the recorded inputs. */
  replayed(): SpeakerApi {
    const speaker = new Speaker(this.config)
    for (const { input, now, event } of this.recorded) speaker.input(input, now, event)
    return speaker
  }
}

/** All that can be seen of a speaker. */
export function views(speaker: SpeakerApi): unknown {
  return {
    sessions: [...speaker.sessions()],
    peers: [...speaker.peers()].map((peer) => ({
      ...peer,
      rib: [...speaker.routes(peer.key)].map(({ attributes, ...route }) => ({
        ...route,
        prefix: formatPrefix(route.prefix),
        attributes: attributes.key,
      })),
    })),
  }
}
