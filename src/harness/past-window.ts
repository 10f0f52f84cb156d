// A window of a running router between two instants that are over: from the events that are held in memory, else from its trace.
import { UserError } from '../core/errors/user-error.ts'
import { LedgerWindow } from '../core/window/answers.ts'
import type { Instant } from '../core/window/contract.ts'
import type { Held } from '../core/window/held.ts'
import { Ledger } from '../core/window/ledger.ts'
import { Rewind } from '../core/window/rewind.ts'
import { instantOf } from './condition-spec.ts'
import { checkKeys } from '../core/errors/complaint.ts'
import type { History } from './history.ts'
import { requireHistory } from './happenings.ts'
import { checkMarkName, type MarksSince } from './mark-names.ts'
import type { Recent, Remembered } from './recent.ts'
import { openTrace, type Place } from './trace-handle.ts'
import { RecordedWindow } from './window.ts'
import { eventsWithin, LIVE_LIMIT } from './windows.ts'
import { nextTurn } from './next-turn.ts'

/** The ends of a window that is over: names of marks, event numbers, or what mark() gave. */
export interface Between {
  readonly since: Place
  /** Left out: now. */
  readonly until?: Place
}

/** What it needs of a router. */
export interface PastOf {
  readonly label: string
  readonly trace: string | undefined
  readonly recent: Recent
  readonly history: History
  readonly instants: { readonly marks: MarksSince; readonly lastEvent: Instant }
  nodeOf(peer: string): string | undefined
  /** What there is now. */
  held(): Held
  /** Completes the trace on disk up to now. */
  flush(): Promise<void>
}

/** Events that are gone through in one turn of the event loop. */
const A_TURN = 200

/**
 * Throws RW_NOT_FOUND for an instant that is not known, and when the events after `since` are neither in memory nor in a
 * trace; RW_USAGE when it ends before it begins.
 */
export async function pastWindow(name: string, between: Between, of: PastOf): Promise<RecordedWindow> {
  checkMarkName(name)
  checkKeys(between, ['since', 'until'], 'window')
  const from = instantAt(between.since, of)
  const to = between.until === undefined ? plain(of.instants.lastEvent) : instantAt(between.until, of)
  if (to.seq < from.seq)
    throw new UserError(
      'RW_USAGE',
      `the window ends (event ${to.seq}) before it begins (event ${from.seq})`,
      {
        remedy: 'Swap its ends.',
      },
    )
  const ledger = await fromMemory(from, to, of)
  if (ledger !== undefined) {
    const refresh = (): void => ledger.name((peer) => of.nodeOf(peer))
    return new RecordedWindow(new LedgerWindow(ledger, { name, from, to: () => to, refresh }), {
      label: of.label,
      trace: of.trace,
      events: () => eventsWithin(of.recent, from, to),
    })
  }
  if (of.trace === undefined) requireHistory(of.history, from.seq)
  await of.flush()
  const trace = await openTrace(of.trace!)
  return trace.window(from, to, name)
}

const plain = ({ seq, at }: Instant): Instant => ({ seq, at })

function instantAt(place: Place, { instants, history }: PastOf): Instant {
  if (typeof place === 'object' && 'at' in place && typeof place.at === 'number')
    return { seq: place.seq, at: place.at }
  const mark = typeof place === 'string' ? instants.marks.get(place) : undefined
  if (mark !== undefined) return plain(mark)
  const since = instantOf(String(typeof place === 'object' ? place.seq : place), instants)
  const seq = typeof since === 'number' ? since : since.seq
  return {
    seq,
    at: seq === instants.lastEvent.seq ? instants.lastEvent.at : history.timeOf(Math.max(seq, 1)),
  }
}

/** Undefined when memory does not, or no longer, reach back that far. */
async function fromMemory(from: Instant, to: Instant, of: PastOf): Promise<Ledger | undefined> {
  const rewind = new Rewind()
  const ledger = new Ledger({ limit: LIVE_LIMIT })
  const isWhole = await eachEvent(of, from.seq, {
    show: ({ news }) => {
      for (const one of news) rewind.take(one)
    },
    // In the same turn as the last event, so that nothing has come since.
    atEnd: () => ledger.rebase(from, rewind.held(of.held())),
  })
  if (!isWhole) return undefined
  const isFed = await eachEvent(of, from.seq, {
    to: to.seq,
    show: ({ event, news }) => ledger.push(event, news),
  })
  return isFed ? ledger : undefined
}

interface Visit {
  readonly show: (event: Remembered) => void
  /** The last event that is shown; left out: the last one there is. */
  readonly to?: number
  readonly atEnd?: () => void
}

/**
 * Shows all events after a number, in turns with whatever else goes on.
 * @returns false when some of them are no longer held in memory
 */
async function eachEvent(
  { recent, history }: PastOf,
  after: number,
  { show, to = Number.POSITIVE_INFINITY, atEnd }: Visit,
): Promise<boolean> {
  let last = after
  for (;;) {
    if (!history.reachesBackTo(last)) return false
    let count = 0
    for (const event of recent.after(last)) {
      if (event.seq > to || count === A_TURN) break
      show(event)
      last = event.seq
      count++
    }
    if (count < A_TURN) {
      atEnd?.()
      return true
    }
    await nextTurn()
  }
}
