// The trace of a running router.
import type { Observer } from '../core/check/observer.ts'
import type { Clock } from '../net/clock.ts'
import { TraceWriter } from '../trace/writer.ts'
import type { RouterOptions } from './options.ts'

/** Opens the trace that the options ask for; undefined when they ask for none. */
export async function startRecording(
  options: RouterOptions,
  parts: {
    readonly observer: Observer
    readonly clock: Clock
    readonly onProblem: (message: string) => void
    /** Lets input wait, or go on. */
    readonly hold: (held: boolean) => void
  },
): Promise<TraceWriter | undefined> {
  const { trace, config, settle, version } = options
  if (trace === undefined) return undefined
  const { directory, ...rest } = typeof trace === 'string' ? { directory: trace } : trace
  const { observer, clock, onProblem, hold } = parts
  return TraceWriter.open(directory, {
    ...rest,
    info: { version: version ?? UNKNOWN_VERSION, config, settle, clockAnchor: clock.now() },
    checkpoint: () => observer.checkpoint(true),
    hold,
    now: () => clock.now(),
    onProblem,
  })
}

/** Stands in the record when nobody said which version runs. */
export const UNKNOWN_VERSION = 'unknown'
