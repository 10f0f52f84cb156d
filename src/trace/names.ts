// The names of a trace's files: the current segment has no number, finished ones count from 0001.

export const MANIFEST = 'trace.json'
export const MESSAGES = 'messages.mrt'
export const EVENTS = 'events.jsonl'

/** A pair of files; one of them may be missing when somebody removed it. */
export interface SegmentFiles {
  /** Undefined for the current segment. */
  readonly number: number | undefined
  readonly messages: string | undefined
  readonly events: string | undefined
}

export function numberedMessages(number: number): string {
  return `messages-${String(number).padStart(4, '0')}.mrt`
}

export function numberedEvents(number: number): string {
  return `events-${String(number).padStart(4, '0')}.jsonl`
}

/**
 * The segments among the files of a folder, oldest first, the current one last. A crash between the two renames of
 * a rotation leaves one file of the last segment without its number: it is put back beside the other.
 */
export function segmentsIn(names: readonly string[]): readonly SegmentFiles[] {
  const numbers = new Set<number>()
  for (const name of names) {
    const digits = /^(?:messages-(\d{4,})\.mrt|events-(\d{4,})\.jsonl)$/.exec(name)
    if (digits) numbers.add(Number(digits[1] ?? digits[2]))
  }
  const has = (name: string): string | undefined => (names.includes(name) ? name : undefined)
  const segments = [...numbers]
    .sort((a, b) => a - b)
    .map((number) => ({
      number,
      messages: has(numberedMessages(number)),
      events: has(numberedEvents(number)),
    }))
  const current = { number: undefined, messages: has(MESSAGES), events: has(EVENTS) }
  if (current.messages === undefined && current.events === undefined) return segments
  const last = segments.at(-1)
  if (last === undefined) return [current]
  const withoutMessages = last.messages === undefined && current.events === undefined
  const withoutEvents = last.events === undefined && current.messages === undefined
  if (!withoutMessages && !withoutEvents) return [...segments, current]
  const whole = {
    number: last.number,
    messages: last.messages ?? current.messages,
    events: last.events ?? current.events,
  }
  return [...segments.slice(0, -1), whole]
}

/** Numbers of the finished segments, oldest first. */
export function numbersIn(names: readonly string[]): readonly number[] {
  return segmentsIn(names).flatMap(({ number }) => (number === undefined ? [] : [number]))
}
