// Folding a stream up to an instant.
import type { Micros } from '../speaker/contract.ts'
import type { StreamEvent } from './events.ts'
import { marksOf } from './marks.ts'
import type { Applied, World } from './world.ts'

/** Where to stop, the first that is set: after the last mark of a name, after the event of a number, or after the last event not later than an instant. */
export interface Until {
  readonly mark?: string | undefined
  readonly seq?: number | undefined
  readonly at?: Micros | undefined
}

/** An instant of the stream that needs no search. */
export type Stop = { readonly seq: number } | { readonly at: Micros }

/** Sees each event and what it led to; `world` is the state after it. */
export type OnEvent = (event: StreamEvent, applied: Applied, world: World) => void

/**
 * Applies events to the world, without performing any effect, until the instant given or the end.
 * @returns whether `until` was reached (true when none was asked for); false when the events end before it
 */
export function replay(
  world: World,
  events: Iterable<StreamEvent>,
  options: { readonly until?: Until | undefined; readonly onEvent?: OnEvent | undefined } = {},
): boolean {
  const { until, onEvent } = options
  const all = until?.mark === undefined ? events : [...events]
  const mark = until?.mark === undefined ? undefined : marksOf(all).get(until.mark)
  if (until?.mark !== undefined && mark === undefined) return false
  const stop = mark === undefined ? stopOf(until) : { seq: mark.seq }
  for (const event of all) {
    const place = placeOf(event, stop)
    if (place !== 'after') {
      const applied = world.apply(event)
      onEvent?.(event, applied, world)
    }
    if (place !== 'before') return true
  }
  return stop === undefined || !('seq' in stop)
}

/** The instant that is asked for without a mark. */
export function stopOf(until: Until | undefined): Stop | undefined {
  if (until?.seq !== undefined) return { seq: until.seq }
  return until?.at === undefined ? undefined : { at: until.at }
}

/**
 * How an event lies to the instant asked for: 'before' it (apply and go on), 'at' it (apply and stop) or 'after' it (stop).
 * A gap that may have swallowed events up to the instant counts as 'at': the state there is unknown.
 */
export function placeOf(event: StreamEvent, stop: Stop | undefined): 'before' | 'at' | 'after' {
  if (stop === undefined) return 'before'
  if ('at' in stop) {
    if (event.at <= stop.at) return 'before'
    return event.type === 'gap' ? 'at' : 'after'
  }
  if (event.type === 'gap') {
    const lostFrom = event.seq - event.events
    if (lostFrom > stop.seq) return 'after'
    return event.seq > stop.seq ? 'at' : 'before'
  }
  if (event.type === 'checkpoint') return event.seq > stop.seq ? 'after' : 'before'
  if (event.seq > stop.seq) return 'after'
  return event.seq === stop.seq ? 'at' : 'before'
}
