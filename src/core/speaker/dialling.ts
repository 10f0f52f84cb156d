// Opening connections ourselves (RFC 4271 §8, active side): when to dial, and when to leave it.
import { SECOND, type Micros } from '../session/terms.ts'
import type { DialAttempt, DialConfig } from './contract.ts'
import { tell, type Dial, type Entry, type Turn } from './state.ts'

/** A wait is doubled at most so often (DampPeerOscillations). */
const MOST_DOUBLINGS = 6

/** Dials every peer that is to be dialled. */
export function startDialling(turn: Turn): void {
  const { config, dials } = turn.state
  for (const [range, { dial }] of config.peers.entries()) {
    if (dial === undefined || dials.has(range)) continue
    dials.set(range, {
      state: 'resting',
      attempt: 0,
      problem: undefined,
      session: undefined,
      established: 0,
      since: 0,
      flaps: 0,
    })
    connect(turn, range)
  }
}

/** Gives up every attempt; nothing is dialled any more. */
export function stopDialling(turn: Turn): void {
  for (const range of turn.state.dials.keys()) rest(turn, range)
}

/** The connection of an attempt is there. False when that attempt was given up: nobody needs the connection. */
export function dialSucceeded(turn: Turn, { range, attempt }: DialAttempt, session: number): boolean {
  const dial = turn.state.dials.get(range)
  if (dial?.state !== 'connecting' || dial.attempt !== attempt) return false
  stopTimer(turn, range)
  dial.state = 'open'
  dial.problem = undefined
  dial.session = session
  return true
}

/** The attempt failed. The timer that began with it still runs: the next attempt comes when it ends. */
export function dialFailed(turn: Turn, { range, attempt }: DialAttempt, message: string): void {
  const dial = turn.state.dials.get(range)
  if (dial?.state !== 'connecting' || dial.attempt !== attempt) return
  dial.state = 'waiting'
  failed(turn, range, attempt, message)
}

/** ConnectRetryTimer_Expires: an attempt that is still under way is given up, and the next one begins. */
export function connectRetryExpired(turn: Turn, range: number): void {
  const dial = turn.state.dials.get(range)
  if (dial?.state !== 'connecting' && dial?.state !== 'waiting') return
  if (dial.state === 'connecting') {
    turn.effects.push({ do: 'abort-connect', range, attempt: dial.attempt })
    failed(turn, range, dial.attempt, 'no answer before the connect-retry timer ended')
  }
  connect(turn, range)
}

/** A session with the peer, whoever opened it, is Established: there is nothing to dial. */
export function dialledUp(turn: Turn, { range, session }: Entry): void {
  const dial = range === undefined ? undefined : turn.state.dials.get(range)
  if (range === undefined || dial === undefined) return
  if (dial.established === 0) dial.since = turn.now
  dial.established++
  if (dial.session !== session.number && dial.state === 'open') return // its own OPEN settles what becomes of it
  rest(turn, range)
}

/** A session with the peer is over: unless another stands, we dial again after a wait. */
export function dialledDown(turn: Turn, { range, session }: Entry, wasEstablished: boolean): void {
  const dial = range === undefined ? undefined : turn.state.dials.get(range)
  if (range === undefined || dial === undefined) return
  if (wasEstablished) dial.established--
  const ours = dial.session === session.number
  if (ours) {
    dial.session = undefined
    dial.state = 'resting'
  }
  if (turn.state.stopped || dial.established > 0 || dial.state !== 'resting') return
  if (!ours && !wasEstablished) return
  const config = configOf(turn, range)
  const lasted = wasEstablished && turn.now - dial.since >= waitOf(turn, range, dial, config)
  dial.flaps = lasted ? 0 : dial.flaps + 1
  dial.state = 'waiting'
  startTimer(turn, range, waitOf(turn, range, dial, config))
}

function connect(turn: Turn, range: number): void {
  const dial = turn.state.dials.get(range)!
  const config = configOf(turn, range)
  dial.state = 'connecting'
  dial.attempt++
  const { attempt } = dial
  const { address, port, localAddress } = config
  startTimer(turn, range, waitOf(turn, range, dial, config))
  turn.effects.push({
    do: 'connect',
    range,
    attempt,
    address,
    port,
    ...(localAddress === undefined ? {} : { localAddress }),
  })
}

function rest(turn: Turn, range: number): void {
  const dial = turn.state.dials.get(range)!
  const { state, attempt } = dial
  if (state === 'connecting') turn.effects.push({ do: 'abort-connect', range, attempt })
  if (state === 'connecting' || state === 'waiting') stopTimer(turn, range)
  dial.state = 'resting'
  dial.session = undefined
}

/**
 * ConnectRetryTime, spread to 0.75–1.0 of it so that routers do not dial in step (RFC 4271 §10). The spread comes from
 * our identifier and the attempt's number: no randomness here.
 */
function waitOf(turn: Turn, range: number, dial: Dial, config: DialConfig): Micros {
  const seed = (turn.state.config.identifier % 65_536) + range * 7 + dial.attempt
  const spread = 0.75 + 0.25 * ((seed * 0.618_033_988_749_895) % 1)
  const doublings = config.damping === true ? Math.min(dial.flaps, MOST_DOUBLINGS) : 0
  return Math.floor(config.connectRetry * SECOND * 2 ** doublings * spread)
}

function failed(turn: Turn, range: number, attempt: number, message: string): void {
  const { address, port } = configOf(turn, range)
  turn.state.dials.get(range)!.problem = message
  tell(turn, { news: 'dial-failed', range, attempt, to: { address, port }, message })
}

function configOf(turn: Turn, range: number): DialConfig {
  return turn.state.config.peers[range]!.dial!
}

function startTimer(turn: Turn, range: number, after: Micros): void {
  turn.effects.push({ do: 'start-timer', key: { of: 'dial', range, timer: 'connect-retry' }, after })
}

function stopTimer(turn: Turn, range: number): void {
  turn.effects.push({ do: 'stop-timer', key: { of: 'dial', range, timer: 'connect-retry' } })
}
