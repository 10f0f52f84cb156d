// What a claim is: a pure function of a state or a closed window, and the words for it.
import type { State, Window } from '../../harness/contract.ts'
import type { EventRow } from '../../harness/event-log.ts'
import type { WantedRoute } from '../../harness/nearest-routes.ts'
import type { RouteRow } from '../../harness/views.ts'

/** What a claim is made about. */
export type Kind = 'live' | 'state' | 'window'

/** Every claim's last argument may have these. */
export interface ClaimOptions {
  /** On a running router: how long to wait for it, "60s" or milliseconds. */
  readonly timeout?: string | number | undefined
}

/** What became of a claim. */
export interface Outcome {
  /**
   * 'undecided': neither the claim nor its negation may be made, since there is nothing to check, a name is unknown, or
   * the record is silent about an interval. 'partly': it holds for some of what it is about, so both would be wrong.
   */
  readonly says: 'holds' | 'refuted' | 'partly' | 'undecided'
  /** What was found, a line each; the first one alone says it. */
  readonly found: readonly string[]
  readonly cause?: string | undefined
  readonly impact?: string | undefined
  /** What to do about it. */
  readonly hint?: string | undefined
  /** Which events tell the story. */
  readonly about?: ((row: EventRow) => boolean) | undefined
  /** The recorded routes that come nearest to `wanted` stand beside it. */
  readonly near?: Near | undefined
  /** No later state changes it: an argument is wrong. */
  readonly final?: boolean | undefined
}

/** Looked up when asked for the first time: it costs more than most claims, and is told of the last look alone. */
export interface Near {
  readonly wanted: WantedRoute
  readonly routes: () => readonly RouteRow[]
}

export function nearTo(state: State, wanted: WantedRoute): Near {
  let routes: readonly RouteRow[] | undefined
  return { wanted, routes: () => (routes ??= state.nearest(wanted)) }
}

export interface Claim<Args extends readonly unknown[] = readonly never[]> {
  /** Of the matcher. */
  readonly name: string
  /** The function that makes the claim, where that is no matcher. */
  readonly called?: string
  /** The claim and its negation, in words. */
  readonly words: (...args: Args) => readonly [claim: string, negation: string]
  /** Keys of the last argument, but for `timeout`. */
  readonly options: readonly string[]
  /** How long a running router is given unless the options say so. */
  readonly patience: string
  readonly state?: (state: State, ...args: Args) => Outcome
  readonly window?: (window: Window, ...args: Args) => Outcome
  /**
   * How a running router is asked; left out: by its state, again and again. 'window': by what comes from now on, or since
   * the window `since` of the options began. 'deadline': by its state, and the negation has to wait until the time is over.
   */
  readonly live?: ((...args: Args) => 'state' | 'window' | 'deadline') | undefined
  /** Time that a running router is given by the arguments themselves. */
  readonly within?: ((...args: Args) => string | number) | undefined
}

/** Sessions take their time: connect-retry timers of 5 to 120 s are usual. */
export const SESSIONS = '60s'
export const ROUTES = '30s'

/** Gives the arguments of a claim their types. */
export const claim = <Args extends readonly unknown[]>(definition: Claim<Args>): Claim<Args> => definition

export const holds = (...found: string[]): Outcome => ({ says: 'holds', found })
export const refuted = (...found: string[]): Outcome => ({ says: 'refuted', found })
export const undecided = (...found: string[]): Outcome => ({ says: 'undecided', found })

/** An argument that makes no sense: nothing is looked at. */
export const misused = (problem: string, hint?: string): Outcome => ({
  says: 'undecided',
  found: [problem],
  hint,
  final: true,
})
