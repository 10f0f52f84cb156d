// A peer of the speaker under test, in the words of a test: established, announces, sends, passes, routes.
import { formatPrefix, parsePrefix } from '../../src/core/ip/text.ts'
import type { PeerRange, SessionView, WithdrawCause } from '../../src/core/speaker/contract.ts'
import { IPV4_UNICAST, type Family, type Message } from '../../src/core/wire/message.ts'
import { encodeEndOfRib } from '../../src/core/wire/update-encode.ts'
import { Bench, config, micros } from './speaker-bench.ts'
import { keepalive, open, update, type OpenFields, type Restart } from './speaker-messages.ts'

export interface Setup extends Omit<OpenFields, 'gracefulRestart'> {
  /** The peer's graceful restart; `time` as a duration. */
  readonly gracefulRestart?: Omit<Restart, 'time'> & { readonly time?: string }
  /** What we offer. */
  readonly range?: Partial<PeerRange>
  readonly address?: string
  readonly bench?: Bench
}

export class TestPeer {
  readonly bench: Bench
  #fields: OpenFields
  readonly #address: string
  session: number

  constructor(bench: Bench, fields: OpenFields, address: string) {
    this.bench = bench
    this.#fields = fields
    this.#address = address
    this.session = 0
  }

  /** Opens a connection and sends an OPEN, without the KEEPALIVE that would make it Established. */
  opens(changes: Partial<OpenFields> = {}): this {
    this.#fields = { ...this.#fields, ...changes }
    this.session = this.bench.connect(this.#address)
    this.sends(open(this.#fields))
    return this
  }

  /** Takes the connection that we open to it, and sends an OPEN there. */
  answers(changes: Partial<OpenFields> = {}): this {
    this.#fields = { ...this.#fields, ...changes }
    this.session = this.bench.dialSucceeds()
    return this.sends(open(this.#fields))
  }

  /** Opens a session and brings it to Established; from then on it sends KEEPALIVEs in time. */
  comes(changes: Partial<OpenFields> = {}): this {
    this.opens(changes).sends(keepalive)
    const { session, bench } = this
    const holdTime = this.view.holdTime ?? 0
    if (this.view.state === 'established' && holdTime > 0)
      bench.everySoOften(session, (holdTime * 1e6) / 3, () => bench.message(session, keepalive))
    return this
  }

  /** Comes back; without changes with the same OPEN. */
  returns(restart?: Restart, changes: Partial<OpenFields> = {}): this {
    const before = this.#fields.gracefulRestart
    const gracefulRestart = restart === undefined ? before : { ...before, ...restart }
    return this.comes({ ...changes, ...(gracefulRestart === undefined ? {} : { gracefulRestart }) })
  }

  sends(bytes: Uint8Array): this {
    this.bench.message(this.session, bytes)
    if (this.view.state === 'closed') this.bench.noMore(this.session)
    return this
  }

  announces(...prefixes: string[]): this {
    return this.sends(update({ prefixes }))
  }

  withdraws(...withdrawn: string[]): this {
    return this.sends(update({ prefixes: [], withdrawn }))
  }

  endsRib(family: Family = IPV4_UNICAST): this {
    return this.sends(encodeEndOfRib(family))
  }

  /** The TCP connection ends without a NOTIFICATION. */
  closes(how: 'fin' | 'rst' = 'fin'): this {
    this.bench.noMore(this.session)
    this.bench.input({ type: 'connection-closed', session: this.session, how })
    return this
  }

  /** Sends nothing any more; the connection stays. */
  fallsSilent(): this {
    this.bench.noMore(this.session)
    return this
  }

  passes(duration: string): this {
    this.bench.passes(duration)
    return this
  }

  /** Its Adj-RIB-In as text, sorted; see `stale`. */
  routes(): string[] {
    const { key } = this
    return [...this.bench.speaker.routes(key)]
      .map(({ prefix, stale: mark }) =>
        mark === undefined ? formatPrefix(prefix) : stale(formatPrefix(prefix)),
      )
      .sort()
  }

  /** Why the prefix went away, each time. */
  withdrawals(prefix: string): WithdrawCause[] {
    const wanted = formatPrefix(parsePrefix(prefix))
    return this.bench
      .newsOf('route-withdrawn')
      .filter((news) => formatPrefix(news.prefix) === wanted)
      .map(({ cause }) => cause)
  }

  /** What we sent it in its last session. */
  get received(): Message[] {
    return this.bench.messages(this.session)
  }

  get view(): SessionView {
    const view = this.bench.speaker.session(this.session)
    if (view === undefined) throw new Error(`there is no session ${this.session}`)
    return view
  }

  get key(): string {
    return `127.0.0.1:1790 ${this.#fields.asn ?? 64512} ${this.#fields.identifier ?? '192.168.77.14'}`
  }
}

/** A peer that has not connected yet. */
export function peer({
  range,
  address = '127.0.0.14',
  bench,
  gracefulRestart,
  ...fields
}: Setup = {}): TestPeer {
  const { time, ...restart } = gracefulRestart ?? {}
  const seconds = time === undefined ? {} : { time: micros(time) / 1e6 }
  return new TestPeer(
    bench ?? new Bench(config(range)),
    { ...fields, ...(gracefulRestart === undefined ? {} : { gracefulRestart: { ...restart, ...seconds } }) },
    address,
  )
}

/** A peer whose session is Established. */
export function established(setup: Setup = {}): TestPeer {
  return peer(setup).comes()
}

/** How `routes` shows a prefix that is kept by graceful restart. */
export function stale(prefix: string): string {
  return `${prefix} (stale)`
}
