// What may be said across an interval in which the record is silent: what was found was there, but nothing was not there.
import { formatSpan } from '../../harness/duration.ts'
import type { State, Window } from '../../harness/contract.ts'
import { clockTime } from '../../report/time.ts'
import { undecided, type Outcome } from './claim.ts'

/** A claim that rests on something not being in the window. */
export function absenceUnknown(window: Window, what: string): Outcome | undefined {
  const silent = window.unknowns()
  if (silent.length === 0) return undefined
  return {
    ...undecided(
      `none is recorded, but the record is silent, so that ${what} is unknown`,
      ...silent.map(({ from, to, events, reason }) => {
        const until =
          to === undefined
            ? `to the end of the window`
            : `to ${clockTime(to.at)} (${formatSpan(to.at - from.at)})`
        return `from ${clockTime(from.at)} ${until}: ${events} events lost: ${reason}`
      }),
    ),
    hint: 'See why the record has a gap (the disk could not follow, or the trace was cut), and do it again.',
    about: ({ type }) => type === 'gap',
  }
}

/** A state after a gap, before the next checkpoint: nobody knows the routes and sessions. */
export function stateUnknown(state: State): Outcome | undefined {
  if (state.known) return undefined
  return {
    ...undecided(
      'the record has a gap, and what holds after it is unknown until its next checkpoint',
      ...state.verdict().caveats,
    ),
    about: ({ type }) => type === 'gap',
  }
}
