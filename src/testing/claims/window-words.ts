// Words for what a window answers.
import { describeCause } from '../../core/session/describe.ts'
import type { Micros, WithdrawCause } from '../../core/speaker/contract.ts'
import type { Window } from '../../harness/contract.ts'
import { formatSpan } from '../../harness/duration.ts'
import { clockTime } from '../../report/time.ts'
import { undecided, type Outcome } from './claim.ts'
import type { Selection } from './select.ts'

/** Rows that a text lists; the timeline has more. */
const SHOWN = 5

/** Why a stale route was flushed. */
const FLUSHED: Record<Extract<WithdrawCause, { kind: 'stale-flush' }>['why'], string> = {
  eor: 'the peer came back, sent its End-of-RIB, and had not announced it again',
  'restart-timer': 'the restart timer ended before the peer was back',
  'stale-timer': 'the peer was back and sent no End-of-RIB in time',
  'f-bit-clear': 'the peer came back and said that it had not kept its forwarding state (F bit clear)',
  'family-missing': 'the peer came back without graceful restart for this family',
  'no-capability': 'the peer came back without graceful restart',
  'second-close': 'the session closed again before the End-of-RIB',
  'hard-reset': 'the session ended with a Hard Reset',
  eorr: 'the peer ended a route refresh without announcing it',
}

export function withdrawCauseText(cause: WithdrawCause): string {
  switch (cause.kind) {
    case 'wire':
      return 'withdrawn by the peer in an UPDATE'
    case 'malformed':
      return 'treated as withdrawn: malformed UPDATE (RFC 7606)'
    case 'session-closed':
      return `its session ended and nothing kept it: ${describeCause(cause.cause)}`
    case 'stale-flush':
      return `stale route flushed: ${FLUSHED[cause.why]}`
  }
}

/** Lines for the first of many. */
export function firstOf<Row>(rows: readonly Row[], line: (row: Row) => string): readonly string[] {
  const lines = rows.slice(0, SHOWN).map(line)
  return rows.length > SHOWN ? [...lines, `and ${rows.length - SHOWN} more`] : lines
}

/** "12:00:01.204 to 12:00:03.204 (2.0s)", "from 12:00:01.204 on (at least 2.0s)" */
export function spanText(
  from: { readonly at: Micros },
  to: { readonly at: Micros } | undefined,
  span: Micros,
): string {
  return to === undefined
    ? `from ${clockTime(from.at)} to the end of the window (${formatSpan(span)} and more)`
    : `from ${clockTime(from.at)} to ${clockTime(to.at)} (${formatSpan(span)})`
}

/** A claim about routes where none was there at the beginning and none came. */
export function noRoutesIn(window: Window, selection: Selection): Outcome | undefined {
  const { filter, words } = selection
  if (window.counts(filter).announcements > 0 || window.held(filter).length > 0) return undefined
  return {
    ...undecided(`nothing to check: no route${words} was there when the window began, and none came in it`),
    hint: 'Open the window after the routes are there: await router.wait(until.converged()).',
  }
}
