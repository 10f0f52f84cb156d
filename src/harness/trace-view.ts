// Looking at a trace the way a running router is looked at: the same stream through the same observer.
import type { Verdict } from '../core/check/finding.ts'
import { Observer } from '../core/check/observer.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Micros, News } from '../core/speaker/contract.ts'
import type { ClusterObject, StreamEvent } from '../core/stream/events.ts'
import { openTrace } from '../trace/reader.ts'
import { eventRows, namesOf, type EventRow } from './event-log.ts'
import type { RowKind, Rows } from './handle.ts'
import { expectedRows, nodeRows, peerRows, routeRows } from './views.ts'

export interface TraceViewOptions {
  /** A mark or an event number; left out: the last event. */
  readonly at?: string | undefined
  /** Judge by these objects instead of the recorded ones. */
  readonly objects?: readonly ClusterObject[] | undefined
  /** Fold our own stop, too. Otherwise the end is the instant before it: that we closed the sessions says nothing about the cluster. */
  readonly throughStop?: boolean
  readonly onEvent?: (event: StreamEvent, news: readonly News[], observer: Observer) => void
}

/** For a trace that begins with a checkpoint, whose checker brings its own settle time along. */
const DEFAULT_SETTLE = 15_000_000

interface Instant {
  readonly seq: number
}

/** Finds the instant that `at` names. A mark may be given twice: the last one is meant. */
async function instantOf(directory: string, at: string | undefined): Promise<Instant | undefined> {
  if (at === undefined) return undefined
  let found: Instant | undefined
  const names = new Set<string>()
  let last = 0
  for await (const event of (await openTrace(directory)).events()) {
    last = event.seq
    const marks = event.type === 'checkpoint' ? event.checkpoint.marks : event.type === 'mark' ? [event] : []
    for (const mark of marks) {
      names.add(mark.name)
      if (mark.name === at) found = { seq: mark.seq }
    }
  }
  if (found !== undefined) return found
  if (/^\d+$/.test(at) && Number(at) >= 1 && Number(at) <= last) return { seq: Number(at) }
  const list = names.size === 0 ? 'it has no marks' : `its marks are ${[...names].join(', ')}`
  throw new UserError(
    'RW_NOT_FOUND',
    `the trace ${directory} has no mark or event "${at}": ${list}, and its events go to ${last}`,
  )
}

/** Folds a trace up to an instant. Throws RW_TRACE, RW_TRACE_VERSION, RW_NOT_FOUND. */
export async function observeTrace(directory: string, options: TraceViewOptions = {}): Promise<Observer> {
  const instant = await instantOf(directory, options.at)
  const reader = await openTrace(directory)
  let observer: Observer | undefined
  let stopped = false
  for await (const event of reader.events()) {
    if (instant !== undefined && event.seq > instant.seq) break
    if (instant === undefined && options.throughStop !== true) {
      stopped =
        event.type === 'started' ? false : stopped || (event.type === 'command' && event.command === 'stop')
      if (stopped) continue
    }
    const settle = event.type === 'started' ? event.settle : undefined
    if (observer === undefined) {
      // A trace whose first segments were rotated away begins with a checkpoint, which has the configuration.
      const config =
        event.type === 'started'
          ? event.config
          : event.type === 'checkpoint'
            ? event.checkpoint.config
            : undefined
      if (config === undefined)
        throw new UserError('RW_TRACE', `the trace ${directory} does not begin with a start or a checkpoint`)
      observer = new Observer(config, { settle: settle ?? DEFAULT_SETTLE })
    }
    // By other objects: the recorded ones are left out, and the others are there from the start.
    if (options.objects !== undefined && (event.type === 'object' || event.type === 'resource')) continue
    const { news } = observer.apply(event)
    options.onEvent?.(event, news, observer)
    if (options.objects !== undefined && event.type === 'started')
      injectObjects(observer, options.objects, event, event.settle)
  }
  if (observer === undefined) throw new UserError('RW_TRACE', `the trace ${directory} has no events`)
  return observer
}

/** The objects as if they had been there one settle time before the start, so that they are settled from the first route on. */
function injectObjects(
  observer: Observer,
  objects: readonly ClusterObject[],
  started: StreamEvent,
  settle: Micros,
): void {
  for (const object of objects)
    observer.apply({ type: 'object', action: 'set', object, seq: started.seq, at: started.at - settle })
}

/** The verdict of a trace at an instant, by its own or by other objects. */
export async function judgeTrace(
  directory: string,
  options: Omit<TraceViewOptions, 'onEvent'> = {},
): Promise<Verdict> {
  return (await observeTrace(directory, options)).verdict()
}

/** Rows of a trace at an instant; ages are told from its last event. */
export async function traceRows(
  directory: string,
  kind: RowKind,
  when: { readonly at?: string | undefined; readonly since?: string | undefined } = {},
): Promise<Rows<unknown>> {
  const events: EventRow[] = []
  const since = (await instantOf(directory, when.since))?.seq ?? 0
  const observer = await observeTrace(directory, {
    at: when.at,
    throughStop: kind === 'events',
    ...(kind === 'events'
      ? {
          onEvent: (event, news, seen) => {
            if (event.seq > since) events.push(...eventRows(event, news, namesOf(seen)))
          },
        }
      : {}),
  })
  const make: Record<RowKind, () => readonly unknown[]> = {
    peers: () => peerRows(observer),
    routes: () => routeRows(observer),
    nodes: () => nodeRows(observer),
    expected: () => expectedRows(observer),
    findings: () => observer.verdict().findings,
    events: () => events,
  }
  return { now: observer.world.lastEvent.at, rows: make[kind]() }
}
