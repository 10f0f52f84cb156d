// The stream one happening after the other, history included: what `until.event` looks at from another process.
import { UserError } from '../core/errors/user-error.ts'
import type { News } from '../core/speaker/contract.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import type { History } from './history.ts'
import type { Recent } from './recent.ts'

/** An event and what followed from it. */
export interface EventAndNews {
  readonly event: StreamEvent
  readonly news: readonly News[]
}

/** Events that are taken out of memory at once. */
const BATCH = 500

/**
 * All events after number `since`, then those to come, without KEEPALIVEs. Ends with the signal, or when `next` says that
 * the router has stopped. Throws RW_NOT_FOUND when that far back is not held in memory (any more).
 * @param next resolves when there is more, with false when there will never be
 */
export async function* happenings(
  { recent, history }: { readonly recent: Recent; readonly history: History },
  since: number,
  signal: AbortSignal,
  next: () => Promise<boolean>,
): AsyncGenerator<EventAndNews> {
  let told = since
  for (let more = true; more && !signal.aborted;) {
    const changed = next()
    for (;;) {
      requireHistory(history, told)
      const batch = take(recent, told)
      for (const { event, news } of batch) {
        if (signal.aborted) return
        yield { event, news }
        told = event.seq
      }
      if (batch.length < BATCH) break
    }
    more = await changed
  }
}

/** Throws RW_NOT_FOUND unless all events after number `since` are held in memory. */
export function requireHistory(history: History, since: number): void {
  if (history.reachesBackTo(since)) return
  throw new UserError('RW_NOT_FOUND', `the events after ${since} are not all held in memory`, {
    remedy: 'Read the trace, or ask for a later instant.',
  })
}

function take(recent: Recent, after: number): readonly EventAndNews[] {
  const batch: EventAndNews[] = []
  for (const { event, news } of recent.after(after)) {
    batch.push({ event, news })
    if (batch.length >= BATCH) break
  }
  return batch
}
