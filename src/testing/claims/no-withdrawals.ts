// toHaveNoWithdrawals: no route that was there went away, whatever the cause.
import { plural } from '../../core/errors/plural.ts'
import type { Window } from '../../harness/contract.ts'
import { clockTime } from '../../report/time.ts'
import { absenceUnknown } from './certainty.ts'
import { claim, holds, refuted, ROUTES, type Outcome } from './claim.ts'
import { FILTER, filterWords, select, unknownNames, type Filter } from './select.ts'
import { firstOf, noRoutesIn, withdrawCauseText } from './window-words.ts'

export interface NoWithdrawalsOptions extends Filter {
  /** Only of these causes: 'wire', 'session-closed', 'stale-flush', 'restart-timer' … */
  readonly cause?: string | readonly string[] | undefined
}

export const toHaveNoWithdrawals = claim<[options?: NoWithdrawalsOptions]>({
  name: 'toHaveNoWithdrawals',
  options: [...FILTER, 'cause'],
  patience: ROUTES,
  words: (options) => [
    `no route${filterWords(options)} is withdrawn`,
    `a route${filterWords(options)} is withdrawn`,
  ],
  window(window: Window, options = {}): Outcome {
    const selection = select(options)
    if ('bad' in selection) return selection.bad
    const strange = unknownNames(window, selection)
    if (strange !== undefined) return strange
    const rows = window.withdrawals({ ...selection.filter, cause: options.cause })
    const about: Outcome['about'] = (row) =>
      (row.type === 'withdraw' && selection.matches(row)) ||
      (['closed', 'stale', 'gap', 'object', 'notification'].includes(row.type) &&
        (selection.nodes === undefined || row.node === undefined || selection.nodes.includes(row.node)))
    const [first] = rows
    if (first === undefined) {
      const unsure =
        absenceUnknown(window, `whether a route${selection.words} was withdrawn`) ??
        noRoutesIn(window, selection)
      if (unsure !== undefined) return unsure
      return { ...holds(`no route${selection.words} was withdrawn`), about }
    }
    return {
      ...refuted(
        plural(rows.length, 'withdrawal'),
        ...firstOf(
          rows,
          ({ at, node, prefix, cause }) =>
            `${clockTime(at)}  ${node}  ${prefix}  ${withdrawCauseText(cause)}`,
        ),
      ),
      cause: withdrawCauseText(first.cause),
      hint: hintOf(first.cause.kind),
      about,
    }
  },
})

function hintOf(kind: 'wire' | 'malformed' | 'session-closed' | 'stale-flush'): string | undefined {
  switch (kind) {
    case 'session-closed':
      return 'Give the peer graceful restart (gracefulRestart.enabled in its CiliumBGPPeerConfig), and this router `gracefulRestart: helper`.'
    case 'stale-flush':
      return 'The restart took longer than the restart time that the peer offered (restartTimeSeconds), or did not announce all again.'
    default:
      return undefined
  }
}
