// The loop of a wait: looks when something happened, or when time alone may have made it so; never in between.
import { NEVER_CONNECTED } from '../core/check/no-session.ts'
import { checkKeys } from '../core/errors/complaint.ts'
import { printable } from '../core/errors/printable.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { timeoutOf } from './environment.ts'
import type { EventRow } from './event-log.ts'
import type { Condition, Waiting, WaitLine, WaitView } from './until.ts'
import { waitingLine } from './waiting.ts'

export interface WaitOptions {
  /** "60s", or milliseconds; left out: what ROUTEWITNESS_TIMEOUT says, or 60 s. */
  readonly timeout?: string | number
  readonly signal?: AbortSignal | undefined
  /** Told at the beginning and whenever who is waited for changes. */
  readonly onProgress?: (line: Extract<WaitLine, { waiting: unknown }>) => void
}

/** A misspelt `timeout` would wait a minute. */
export const checkWaitOptions = (options: WaitOptions): void =>
  checkKeys(options, ['timeout', 'signal', 'onProgress'], 'wait')

/** What a wait needs of a router. */
interface Waitable {
  view(): WaitView
  /** Resolves once something happened, or with the signal. */
  nextChange(signal: AbortSignal | undefined): Promise<void>
  isStopped(): boolean
  /** The last event about a node. */
  lastOf(node: string): EventRow | undefined
}

/** Waits until the condition holds, and says what does then. Throws RW_TIMEOUT that says for whom it waited and why. */
export async function waitFor(condition: Condition, options: WaitOptions, router: Waitable): Promise<string> {
  checkWaitOptions(options)
  const timeout = timeoutOf(options.timeout)
  const begun = router.view().now
  let told: string | undefined
  for (;;) {
    const changed = router.nextChange(options.signal)
    const view = router.view()
    const waiting = condition.progress(view)
    if (waiting.length === 0) return condition.held?.(view) ?? condition.name
    const text = JSON.stringify(waiting)
    if (text !== told) options.onProgress?.({ condition: condition.name, waiting })
    told = text
    const left = timeout - (router.view().now - begun)
    if (options.signal?.aborted === true) throw givenUp(condition.name)
    if (router.isStopped())
      throw new UserError('RW_TIMEOUT', `the router stopped while ${condition.name} was waited for`)
    if (left <= 0)
      throw timedOut(condition.name, timeout, linesOf(condition.explain?.(view) ?? waiting, router))
    // What does not hold although its time has come waits for an event.
    const due = condition.due?.(view)
    const pause = due === undefined || due <= view.now ? left : Math.max(due - router.view().now, 1000)
    await orAfter(changed, Math.min(left, pause))
  }
}

function linesOf(waiting: readonly Waiting[], router: Waitable): readonly string[] {
  const lines = waiting.map((line) => {
    const last = router.lastOf(line.node)
    return `${waitingLine(line)}${last === undefined ? '' : `; last event ${last.seq}: ${printable(last.text)}`}`
  })
  // Once for all of them, because it may be many.
  const isNever = waiting.some(({ why }) => why.startsWith('never connected'))
  return isNever ? [...lines, `(${NEVER_CONNECTED})`] : lines
}

/** The error of a wait whose time is over. */
export function timedOut(name: string, timeout: Micros, lines: readonly string[]): UserError {
  const text = [`${name}: not so after ${timeout / 1e6} s`, ...lines.map((line) => `  ${line}`)].join('\n')
  return new UserError('RW_TIMEOUT', text)
}

/** The error of a wait whose signal came. */
export const givenUp = (name: string): UserError =>
  new UserError('RW_TIMEOUT', `the wait for ${name} was given up`)

/** Leaves no timer behind: a wait has as many turns as there are bursts of events. */
async function orAfter(changed: Promise<void>, micros: Micros): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.ceil(micros / 1e3)).unref()
  })
  await Promise.race([changed, late])
  clearTimeout(timer)
}
