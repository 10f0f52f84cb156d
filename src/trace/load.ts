// The state that a trace folds to.
import { UserError } from '../core/errors/user-error.ts'
import { type OnEvent, placeOf, type Stop, stopOf, type Until } from '../core/stream/replay.ts'
import { World } from '../core/stream/world.ts'
import type { TraceReader } from './reader.ts'

/**
 * Folds a trace up to an instant, or to its end. Nothing is sent anywhere.
 * @param options.until the last mark of a name, the number of an event (its effect included), or an instant
 * @throws UserError RW_NOT_FOUND when the trace has no such mark or event, RW_TRACE when it cannot be read
 */
export async function loadWorld(
  reader: TraceReader,
  options: { readonly until?: Until | undefined; readonly onEvent?: OnEvent | undefined } = {},
): Promise<World> {
  const stop = await findStop(reader, options.until)
  const world = new World(reader.manifest.config)
  for await (const event of reader.events()) {
    const place = placeOf(event, stop)
    if (place === 'after' && world.lastEvent.seq === 0 && event.seq > 1) {
      throw new UserError(
        'RW_NOT_FOUND',
        `${reader.directory} begins with event ${event.seq}, after the instant asked for`,
      )
    }
    if (place !== 'after') {
      const applied = world.apply(event)
      options.onEvent?.(event, applied, world)
    }
    if (place !== 'before') return world
  }
  if (stop !== undefined && 'seq' in stop) {
    const what =
      options.until?.mark === undefined
        ? `event ${stop.seq}`
        : `mark "${options.until.mark}" (event ${stop.seq})`
    throw new UserError(
      'RW_NOT_FOUND',
      `${reader.directory} ends with event ${world.lastEvent.seq}, before ${what}`,
    )
  }
  return world
}

async function findStop(reader: TraceReader, until: Until | undefined): Promise<Stop | undefined> {
  if (until?.mark === undefined) return stopOf(until)
  const marks = await reader.marks()
  const mark = marks.get(until.mark)
  if (mark !== undefined) return { seq: mark.seq }
  const names = [...new Set(marks.list().map(({ name }) => `"${name}"`))].join(', ')
  throw new UserError('RW_NOT_FOUND', `${reader.directory} has no mark "${until.mark}"`, {
    remedy: names === '' ? 'There is no mark in it.' : `Its marks are ${names}.`,
  })
}
