// Looking at a trace the way a running router is looked at: the same stream through the same observer.
import type { Verdict } from '../core/check/finding.ts'
import { Observer } from '../core/check/observer.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Micros, News } from '../core/speaker/contract.ts'
import type { Told } from '../core/speaker/route-batch.ts'
import type { ClusterObject, ResourceState, StreamEvent } from '../core/stream/events.ts'
import { placeOf } from '../core/stream/replay.ts'
import { openTrace, type TraceReader } from '../trace/reader.ts'
import { eventRows, namesOf, type EventRow } from './event-log.ts'
import type { RowKind, Rows } from './rows.ts'
import { expectedRows, nodeRows, peerRows, routeRows } from './views.ts'

/** How a trace ends that was read to its end. */
export interface TraceEnd {
  /** Time of the last event. */
  readonly at: Micros
  /** False when the router was killed, or still runs. */
  readonly stopped: boolean
  /** Types of events that this version does not know, and left out. */
  readonly unknown: readonly string[]
}

export interface TraceViewOptions {
  /** A mark or an event number; left out: the last event. */
  readonly at?: string | undefined
  /** Judge by these objects instead of the recorded ones. */
  readonly objects?: readonly ClusterObject[] | undefined
  /** What could be read of them, by name of the resource: without it nothing is said about Services. */
  readonly resources?: ReadonlyMap<string, ResourceState> | undefined
  /** Fold our own stop, too. Otherwise the end is the instant before it: that we closed the sessions says nothing about the cluster. */
  readonly throughStop?: boolean
  readonly onEvent?: (event: StreamEvent, news: readonly News[], observer: Observer) => void
  /** The same with routes in batches, which are to be read at once. */
  readonly onTold?: (event: StreamEvent, told: readonly Told[], observer: Observer) => void
  /** Asked before each event: the fold ends there when it says so. */
  readonly endsBefore?: (event: StreamEvent) => boolean
  /** Told when the whole trace was read, and not only up to an instant. */
  readonly onEnd?: ((end: TraceEnd) => void) | undefined
}

/** Finds the instant that `at` names. A mark may be given twice: the last one is meant. */
async function instantOf(
  reader: TraceReader,
  at: string | undefined,
): Promise<{ readonly seq: number } | undefined> {
  if (at === undefined) return undefined
  const marks = await reader.marks()
  const mark = marks.get(at)
  if (mark !== undefined) return { seq: mark.seq }
  const last = await reader.lastSeq()
  if (/^\d+$/.test(at) && Number(at) >= 1 && Number(at) <= last) return { seq: Number(at) }
  const names = [...new Set(marks.list().map(({ name }) => name))]
  const list = names.length === 0 ? 'it has no marks' : `its marks are ${names.join(', ')}`
  throw new UserError(
    'RW_NOT_FOUND',
    `the trace ${reader.directory} has no mark or event "${at}": ${list}, and its events go to ${last}`,
  )
}

/** Folds a trace up to an instant. Throws RW_TRACE, RW_TRACE_VERSION, RW_NOT_FOUND. */
export async function observeTrace(directory: string, options: TraceViewOptions = {}): Promise<Observer> {
  const reader = await openTrace(directory)
  const instant = await instantOf(reader, options.at)
  let observer: Observer | undefined
  let stopped = false
  let last: StreamEvent | undefined
  for await (const event of reader.events()) {
    const place = placeOf(event, instant)
    if (place === 'after' || options.endsBefore?.(event) === true) break
    last = event
    if (instant === undefined && options.throughStop !== true) {
      stopped =
        event.type === 'started' ? false : stopped || (event.type === 'command' && event.command === 'stop')
      if (stopped) continue
    }
    const settle = event.type === 'started' ? event.settle : undefined
    // Where nothing was lost a checkpoint says what is known already, but for the objects.
    if (observer?.world.known === true && event.type === 'checkpoint' && options.objects !== undefined)
      continue
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
      observer = new Observer(config, { settle: settle ?? reader.manifest.settle })
    }
    // By other objects: the recorded ones are left out, and the others are there from the start.
    if (options.objects !== undefined && (event.type === 'object' || event.type === 'resource')) continue
    const applied = observer.apply(withoutObjects(event, options.objects))
    options.onEvent?.(event, applied.news, observer)
    options.onTold?.(event, applied.told, observer)
    if (options.objects !== undefined && (event.type === 'started' || event.type === 'checkpoint'))
      injectObjects(observer, options, event, settle ?? reader.manifest.settle)
    if (place === 'at') break
  }
  if (observer === undefined || last === undefined)
    throw new UserError('RW_TRACE', `the trace ${directory} has no events`)
  if (instant === undefined)
    options.onEnd?.({ at: last.at, stopped: last.type === 'stopped', unknown: reader.unknownTypes })
  return observer
}

/** A checkpoint without the recorded objects and what the checker made of them, when others are to be judged by. */
function withoutObjects(event: StreamEvent, others: readonly ClusterObject[] | undefined): StreamEvent {
  if (others === undefined || event.type !== 'checkpoint') return event
  return { ...event, checkpoint: { ...event.checkpoint, objects: [], resources: {}, check: undefined } }
}

/** The objects as if they had been there one settle time before the start, so that they are settled from the first route on. */
function injectObjects(
  observer: Observer,
  { objects = [], resources }: Pick<TraceViewOptions, 'objects' | 'resources'>,
  started: StreamEvent,
  settle: Micros,
): void {
  const instant = { seq: started.seq, at: started.at - settle }
  for (const object of objects) observer.apply({ type: 'object', action: 'set', object, ...instant })
  // That there are none of a kind is known only where it was looked for.
  for (const [resource, state] of resources ?? [])
    observer.apply({ type: 'resource', resource, state, ...instant })
}

/** The verdict of a trace at an instant, by its own or by other objects. */
export async function judgeTrace(
  directory: string,
  options: Omit<TraceViewOptions, 'onEvent'> = {},
): Promise<Verdict> {
  return (await observeTrace(directory, options)).verdict()
}

/** Rows of a trace at an instant, and the number of its last event; ages are told from that event. */
export async function traceRows(
  directory: string,
  kind: RowKind,
  when: { readonly at?: string | undefined; readonly since?: string | undefined } & Pick<
    TraceViewOptions,
    'onEnd'
  > = {},
): Promise<Rows<unknown> & { readonly last: number }> {
  const events: EventRow[] = []
  const since = (await instantOf(await openTrace(directory), when.since))?.seq ?? 0
  const observer = await observeTrace(directory, {
    at: when.at,
    onEnd: when.onEnd,
    throughStop: kind === 'events',
    ...(kind === 'events'
      ? {
          onEvent: (event, news, seen) => {
            if (event.seq > since) for (const row of eventRows(event, news, namesOf(seen))) events.push(row)
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
  const { at, seq } = observer.world.lastEvent
  return { now: at, last: seq, rows: make[kind]() }
}
