// What a ledger notes as objects: there are few of these.
import type { CloseCause } from '../session/cause.ts'
import type { Instant, Unknown } from './contract.ts'

interface Noted extends Instant {
  /** Number of the peer. */
  readonly peer: number
}
export interface ClosedSession extends Noted {
  readonly session: number
  readonly cause: CloseCause
}
export interface EstablishedSession extends Noted {
  readonly session: number
}
export interface SeenEndOfRib extends EstablishedSession {
  readonly family: string
}
export interface SeenNotification extends Instant {
  readonly peer: number | undefined
  readonly session: number
  readonly direction: 'in' | 'out'
  readonly code: number
  readonly subcode: number
  readonly text: string | undefined
}
export interface StalePhase {
  readonly peer: number
  readonly family: string
  readonly routes: number
  readonly from: Instant
  to: Instant | undefined
  why: 'eor' | 'flushed' | undefined
  removed: number
}
export type Silence = { -readonly [Key in keyof Unknown]: Unknown[Key] }
