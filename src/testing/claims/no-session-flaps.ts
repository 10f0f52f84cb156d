// toHaveNoSessionFlaps: no session that was up ended.
import { plural } from '../../core/errors/plural.ts'
import { describeCause } from '../../core/session/describe.ts'
import type { Window } from '../../harness/contract.ts'
import { formatSpan } from '../../harness/duration.ts'
import { clockTime } from '../../report/time.ts'
import { absenceUnknown } from './certainty.ts'
import { claim, holds, refuted, SESSIONS, undecided, type Outcome } from './claim.ts'
import { filterWords, select, unknownNames, type Filter } from './select.ts'
import { firstOf } from './window-words.ts'

export type NoSessionFlapsOptions = Pick<Filter, 'node'>

export const toHaveNoSessionFlaps = claim<[options?: NoSessionFlapsOptions]>({
  name: 'toHaveNoSessionFlaps',
  options: ['node'],
  patience: SESSIONS,
  words: (options) => [`no session${filterWords(options)} ends`, `a session${filterWords(options)} ends`],
  window(window: Window, options = {}): Outcome {
    const selection = select(options)
    if ('bad' in selection) return selection.bad
    const strange = unknownNames(window, selection)
    if (strange !== undefined) return strange
    const flaps = window.flaps(selection.filter)
    const about: Outcome['about'] = (row) =>
      ['opened', 'established', 'closed', 'notification', 'stale'].includes(row.type) &&
      selection.matches(row)
    if (flaps.length === 0) {
      const unsure = absenceUnknown(window, `whether a session${selection.words} ended`)
      if (unsure !== undefined) return unsure
      if (window.names().nodes.length === 0)
        return {
          ...undecided('nothing to check: the window knows no session'),
          hint: 'Open the window after the sessions are up: await expect(router).toBeEstablished().',
        }
      return { ...holds(`no session${selection.words} ended`), about }
    }
    return {
      ...refuted(
        `${plural(flaps.length, 'session')} ended`,
        ...firstOf(flaps, ({ at, node, cause, back }) => {
          const after =
            back === undefined ? 'not back in the window' : `back after ${formatSpan(back.at - at)}`
          return `${clockTime(at)}  ${node}  ${describeCause(cause)}; ${after}`
        }),
      ),
      cause: describeCause(flaps[0]!.cause),
      about,
    }
  },
})
