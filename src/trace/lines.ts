// Lines of events.jsonl that are not events by themselves, and what each line has beside its event.
import type { Micros } from '../core/speaker/contract.ts'
import type { Checkpoint } from '../core/stream/events.ts'
import { eventToJson, type LineEvent } from '../core/stream/json.ts'
import { checkpointToJson } from '../core/stream/json-objects.ts'
import { jsonSlices } from '../core/stream/json-slices.ts'
import { formatMicros } from '../core/stream/time.ts'

/**
 * Type of the line that confirms messages. Messages are read up to the offset of the last line, because an event
 * that a crash has lost might stand between later ones. So whoever writes messages and no event ends with this line.
 */
export const POSITION = 'position'

/** An event as a line. `offset`: octets of messages.mrt that precede it; `sessions`: open ones, in checkpoints. */
export function eventLine(event: LineEvent, offset: number, sessions?: readonly number[]): string {
  const { seq, at, type, ...body } = eventToJson(event)
  return `${JSON.stringify({ seq, at, offset, type, sessions, ...body })}\n`
}

/** The line of a checkpoint, in pieces that are made as they are taken. `seq`: number of the next event. */
export function* checkpointLine(
  { seq, at, checkpoint }: { readonly seq: number; readonly at: Micros; readonly checkpoint: Checkpoint },
  offset: number,
  sessions: readonly number[],
): Generator<string, void, undefined> {
  yield* jsonSlices({
    seq,
    at: formatMicros(at),
    offset,
    type: 'checkpoint',
    sessions,
    checkpoint: checkpointToJson(checkpoint),
  })
  yield '\n'
}

/** `seq` is the number that the next event will have. */
export function positionLine(seq: number, at: Micros, offset: number): string {
  return `${JSON.stringify({ seq, at: formatMicros(at), offset, type: POSITION })}\n`
}
