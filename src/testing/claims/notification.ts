// toReceiveNotification: a NOTIFICATION came from a peer, or went to one.
import { describeNotification } from '../../core/wire/notification.ts'
import type { Window } from '../../harness/contract.ts'
import { clockTime } from '../../report/time.ts'
import { absenceUnknown } from './certainty.ts'
import { claim, holds, misused, refuted, SESSIONS, type ClaimOptions, type Outcome } from './claim.ts'
import { filterWords, isNode, select, unknownNames, type Filter } from './select.ts'
import { firstOf } from './window-words.ts'

export interface NotificationOptions extends Pick<Filter, 'node'>, ClaimOptions {
  /** RFC 4271 §4.5: 6 is Cease. */
  readonly code?: number | undefined
  readonly subcode?: number | undefined
  /** 'in' from the peer, unless told; 'out' from us. */
  readonly direction?: 'in' | 'out' | undefined
  /** On a running router: since this window began; left out: since the call. */
  readonly since?: Window | undefined
}

function wordsOf(options: NotificationOptions = {}): string {
  const { code, subcode, direction = 'in' } = options
  const what =
    code === undefined
      ? ''
      : ` ${code}${subcode === undefined ? '' : `/${subcode}`} (${describeNotification(code, subcode ?? 0)})`
  return `NOTIFICATION${what}${filterWords({ node: options.node }).replace(' of', direction === 'in' ? ' from' : ' to')} is ${direction === 'in' ? 'received' : 'sent'}`
}

export const toReceiveNotification = claim<[options?: NotificationOptions]>({
  name: 'toReceiveNotification',
  options: ['node', 'code', 'subcode', 'direction', 'since'],
  patience: SESSIONS,
  words: (options) => [`a ${wordsOf(options)}`, `no ${wordsOf(options)}`],
  live: () => 'window',
  window(window: Window, options = {}): Outcome {
    const { code, subcode, direction = 'in' } = options
    const selection = select({ node: options.node })
    if ('bad' in selection) return selection.bad
    const strange = unknownNames(window, selection)
    if (strange !== undefined) return strange
    if (code === undefined && subcode !== undefined)
      return misused('a subcode alone says nothing: it belongs to a code', 'Give { code: 6, subcode: 9 }.')
    const all = window.notifications().filter((row) => row.direction === direction)
    const rows = all.filter(
      (row) =>
        (selection.nodes === undefined || selection.nodes.some((node) => isNode(row, node))) &&
        (code === undefined || row.code === code) &&
        (subcode === undefined || row.subcode === subcode),
    )
    const line = ({ at, node, code, subcode, text }: (typeof all)[number]): string =>
      `${clockTime(at)}  ${node ?? '(unknown)'}  ${code}/${subcode} ${describeNotification(code, subcode)}${text === undefined || text === '' ? '' : ` "${text}"`}`
    const about: Outcome['about'] = (row) =>
      ['notification', 'closed'].includes(row.type) ||
      (row.type === 'message' && row.text.includes('NOTIFICATION'))
    if (rows.length > 0) return { ...holds(...firstOf(rows, line)), about }
    const unsure = absenceUnknown(window, 'whether a NOTIFICATION came')
    if (unsure !== undefined) return unsure
    const others = all.length === 0 ? [] : ['others came:', ...firstOf(all, line)]
    return {
      ...refuted(`no such NOTIFICATION was ${direction === 'in' ? 'received' : 'sent'}`, ...others),
      about,
    }
  },
})
