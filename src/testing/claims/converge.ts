// toConvergeWithin: everything was in its place after at most so long.
import { plural } from '../../core/errors/plural.ts'
import type { State, Window } from '../../harness/contract.ts'
import { formatSpan, parseDuration } from '../../harness/duration.ts'
import { absenceUnknown, stateUnknown } from './certainty.ts'
import { claim, holds, misused, nearTo, refuted, ROUTES, undecided, type Outcome } from './claim.ts'
import { toBeEstablished } from './established.ts'
import { FILTER, filterWords, select, unknownNames, type Filter } from './select.ts'

/** Of a running router only `node` is looked at. */
export type ConvergeOptions = Filter

export const toConvergeWithin = claim<[duration: string | number, options?: ConvergeOptions]>({
  name: 'toConvergeWithin',
  options: FILTER,
  patience: ROUTES,
  words: (duration, options) => [
    `the last change${filterWords(options)} comes within ${duration}`,
    `something${filterWords(options)} still changes after ${duration}`,
  ],
  live: () => 'deadline',
  within: (duration) => duration,
  state(state: State, _duration, options = {}): Outcome {
    const selection = select(options)
    if ('bad' in selection) return selection.bad
    const up = toBeEstablished.state!(state, { node: options.node })
    if (up.says !== 'holds') return { ...up, says: up.says === 'undecided' ? 'undecided' : 'refuted' }
    const unsure = stateUnknown(state)
    if (unsure !== undefined) return unsure
    const expected = state.expected().filter((row) => selection.matches(row))
    if (expected.length === 0)
      return undecided(`nothing to check: no object says which routes${selection.words} should be announced`)
    const stale = new Set(
      state
        .routes()
        .filter(({ staleUntil }) => staleUntil !== undefined)
        .map(({ node, prefix }) => `${node} ${prefix}`),
    )
    const missing = expected.filter(
      ({ announced, node, prefix }) => !announced || stale.has(`${node} ${prefix}`),
    )
    const about: Outcome['about'] = (row) =>
      ['established', 'closed', 'announce', 'withdraw', 'stale'].includes(row.type) && selection.matches(row)
    if (missing.length === 0)
      return {
        ...holds(`${plural(expected.length, 'expected route')} announced, all sessions Established`),
        about,
      }
    return {
      ...refuted(
        `${missing.length} of ${plural(expected.length, 'expected route')} ${expected.length === 1 ? 'is' : 'are'} missing`,
        ...missing.slice(0, 5).map(({ node, prefix, source }) => `${node}  ${prefix}  (${source})`),
      ),
      about,
      near: nearTo(state, { prefix: missing[0]!.prefix, node: missing[0]!.node }),
    }
  },
  window(window: Window, duration, options = {}): Outcome {
    const selection = select(options)
    if ('bad' in selection) return selection.bad
    const strange = unknownNames(window, selection)
    if (strange !== undefined) return strange
    let most: number
    try {
      most = parseDuration(duration)
    } catch {
      return misused(`"${duration}" is no duration`, 'Write for example 30s or 2m.')
    }
    const took = window.convergence(selection.filter)
    const about: Outcome['about'] = (row) =>
      ['established', 'closed', 'announce', 'withdraw', 'stale', 'gap'].includes(row.type) &&
      (row.prefix === undefined || selection.matches(row))
    if (took !== undefined && took > most)
      return { ...refuted(`the last change${selection.words} came after ${formatSpan(took)}`), about }
    const unsure = absenceUnknown(window, 'when the last change came')
    if (unsure !== undefined) return unsure
    if (took === undefined)
      return {
        ...undecided(`nothing to check: no session and no route${selection.words} changed in the window`),
        hint: 'Open the window before you act.',
      }
    return { ...holds(`the last change${selection.words} came after ${formatSpan(took)}`), about }
  },
})
