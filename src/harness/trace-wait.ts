// Waits that are looked at over a trace: whether a router that waited would have seen the condition hold.
import { UserError } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { formatMicros } from '../core/stream/time.ts'
import { printable } from '../core/errors/printable.ts'
import { namesOf } from './event-log.ts'
import { History } from './history.ts'
import { Recent } from './recent.ts'
import { observeTrace } from './trace-view.ts'
import type { Condition, WaitView } from './until.ts'
import { waitingLine } from './waiting.ts'

/** A running router looks so long after something happened, so that a burst is looked at once. Microseconds. */
const COALESCE = 20_000

/** What holds, or undefined. */
function looked(condition: Condition, view: WaitView): string | undefined {
  return condition.progress(view).length === 0 ? (condition.held?.(view) ?? condition.name) : undefined
}

/**
 * Says what held at some instant after event `from`, the end of the trace first of all.
 * @throws UserError RW_TIMEOUT with what is missing at the end, when it never held
 */
export async function waitInTrace(
  directory: string,
  condition: Condition,
  { from, end }: { readonly from: number; readonly end: WaitView },
): Promise<string> {
  const held =
    looked(condition, end) ??
    (condition.lasting === true ? undefined : await scan(directory, condition, from))
  if (held !== undefined) return held
  const lines = condition.progress(end).map((line) => `  ${printable(waitingLine(line))}`)
  const { seq } = end.observer.world.lastEvent
  throw new UserError(
    'RW_TIMEOUT',
    `${condition.name}: at no instant of the trace ${directory}; at its end (event ${seq}, ${formatMicros(end.now)})\n${lines.join('\n')}`,
    { remedy: 'Nothing more will come of a trace: look at what is missing.' },
  )
}

/** Looks when a router would have: some time after each change, and when time alone may have made it hold. */
async function scan(directory: string, condition: Condition, from: number): Promise<string | undefined> {
  let view: Omit<WaitView, 'now'> | undefined
  let recent: Recent | undefined
  let history: History | undefined
  let held: string | undefined
  let due: Micros | undefined
  const look = (now: Micros): void => {
    if (view === undefined || held !== undefined) return
    held = looked(condition, { ...view, now })
    due = condition.due?.({ ...view, now })
    if (due !== undefined && due <= now) due = undefined
  }
  let changed: Micros | undefined
  const before = (at: Micros): boolean => {
    if (changed !== undefined && changed + COALESCE < at) {
      look(changed + COALESCE)
      changed = undefined
    }
    if (due !== undefined && due < at) look(due)
    return held !== undefined
  }
  await observeTrace(directory, {
    endsBefore: (event) => before(event.at),
    onTold: (event, told, observer) => {
      recent ??= new Recent(namesOf(observer))
      history ??= new History(event.at, recent)
      recent.push(event, told)
      history.push(event, told)
      view = { observer, history }
      if (event.seq >= from && (told.length > 0 || event.type !== 'message')) changed ??= event.at
    },
  })
  return held
}
