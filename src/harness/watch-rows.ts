// Rows that go on: all of them first, then what changes.
import type { EventRow } from './event-log.ts'
import type { RowKind, RowKinds, Rows } from './rows.ts'
import { RowsWatch } from './rows-watch.ts'

/** Events that a watch begins with. */
const FIRST_EVENTS = 100

/** What has the rows. */
interface Source {
  readonly now: number
  readonly router: { readonly observer: { readonly world: { readonly lastEvent: { readonly seq: number } } } }
  rows<Kind extends RowKind>(kind: Kind): Rows<RowKinds[Kind]>
  events(since?: number, limit?: number): readonly EventRow[]
  eventsSince(since: number): Rows<EventRow>
}

/** When to look again. */
export interface Pace {
  isOver(): boolean
  /** Resolves once something happened, or nobody listens any more. */
  next(): Promise<void>
}

/** Rows first as they are, then those that change, as they do. Routes have a file of their own: ./watch-routes.ts. */
export async function* watchRows(
  source: Source,
  kind: Exclude<RowKind, 'routes'>,
  since: number | undefined,
  pace: Pace,
): AsyncGenerator<Rows<unknown>> {
  const next = kind === 'events' ? eventsAfter(source, since) : rowChanges(source, kind)
  for (let first = true; !pace.isOver(); first = false) {
    const changed = pace.next()
    const rows = next()
    if (first || rows.length > 0) yield { now: source.now, rows }
    await changed
  }
}

function rowChanges<Kind extends Exclude<RowKind, 'events' | 'routes'>>(
  source: Source,
  kind: Kind,
): () => readonly unknown[] {
  const watch = new RowsWatch(kind)
  return () => watch.changes(source.rows(kind).rows)
}

function eventsAfter(source: Source, since: number | undefined): () => readonly unknown[] {
  let told = since
  return () => {
    const rows =
      told === undefined
        ? source.events(0, FIRST_EVENTS)
        : since === undefined
          ? source.events(told)
          : source.eventsSince(told).rows
    told = source.router.observer.world.lastEvent.seq
    return rows
  }
}
