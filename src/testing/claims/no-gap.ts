// toHaveNoGap: what a node announced was announced by it without interruption, or with none longer than told.
import { plural } from '../../core/errors/plural.ts'
import type { Window } from '../../harness/contract.ts'
import { formatSpan, parseDuration } from '../../harness/duration.ts'
import { absenceUnknown } from './certainty.ts'
import { claim, holds, misused, refuted, ROUTES, type Outcome } from './claim.ts'
import { FILTER, filterWords, select, unknownNames, type Filter } from './select.ts'
import { firstOf, noRoutesIn, spanText, withdrawCauseText } from './window-words.ts'

export interface NoGapOptions extends Filter {
  /** "2s", or milliseconds: shorter interruptions are allowed. */
  readonly longerThan?: string | number | undefined
}

const wordsOf = (options: NoGapOptions = {}): readonly [string, string] => {
  const longer = options.longerThan === undefined ? '' : ` for longer than ${options.longerThan}`
  const what = `route${filterWords(options)}`
  return [`no ${what} is missing${longer}`, `a ${what} is missing${longer}`]
}

export const toHaveNoGap = claim<[options?: NoGapOptions]>({
  name: 'toHaveNoGap',
  options: [...FILTER, 'longerThan'],
  patience: ROUTES,
  words: wordsOf,
  window(window: Window, options = {}): Outcome {
    const selection = select(options)
    if ('bad' in selection) return selection.bad
    const strange = unknownNames(window, selection)
    if (strange !== undefined) return strange
    let least = 0
    try {
      least = options.longerThan === undefined ? 0 : parseDuration(options.longerThan)
    } catch {
      return misused(`"${options.longerThan}" is no duration`, 'Write for example 500ms or 2s.')
    }
    const all = window.absences(selection.filter)
    const rows = all.filter(({ span }) => options.longerThan === undefined || span > least)
    const longest = all.toSorted((a, b) => b.span - a.span)[0]
    const about: Outcome['about'] = (row) =>
      ['announce', 'withdraw', 'closed', 'stale'].includes(row.type) &&
      all.some(({ node, prefix }) => row.node === node && (row.prefix === prefix || row.prefix === undefined))
    if (rows.length === 0) {
      const unsure =
        absenceUnknown(window, `whether a route${selection.words} was missing`) ??
        noRoutesIn(window, selection)
      if (unsure !== undefined) return unsure
      const short = longest === undefined ? '' : `; the longest interruption took ${formatSpan(longest.span)}`
      return { ...holds(`no route${selection.words} was missing${short}`), about }
    }
    const [first] = rows
    return {
      ...refuted(
        `${plural(rows.length, 'gap')}, the longest ${formatSpan(longest!.span)}`,
        ...firstOf(
          rows,
          ({ node, prefix, from, to, span, cause }) =>
            `${node}  ${prefix}  ${spanText(from, to, span)}: ${withdrawCauseText(cause)}`,
        ),
      ),
      cause: withdrawCauseText(first!.cause),
      about,
    }
  },
})
