// Importing this adds the matchers to vitest's expect, with their types: import 'routewitness/vitest'.
import { expect, type Matcher, type MatcherResult, type MatcherState } from 'vitest'
import type { Claim } from './claims/claim.ts'
import { CLAIMS } from './claims/table.ts'
import { callText, fromHere } from './failure-text.ts'
import { judge, type Judgement } from './judge.ts'
import type { RouterMatchers } from './matcher-types.ts'
import { Pending } from './pending.ts'

export type { RouterMatchers } from './matcher-types.ts'
export { TRACE_POLICIES, type TracePolicy } from './policy.ts'
export {
  routerTest,
  type FileRouterTest,
  type RouterTest,
  type RouterTestOptions,
  type RouterTestSettings,
  type TestTrace,
} from './router-test.ts'

declare module 'vitest' {
  // oxlint-disable-next-line typescript/no-explicit-any -- vitest's own declaration, which this extends
  interface Matchers<T = any> extends RouterMatchers<T> {}

  interface TaskMeta {
    /** Where the traces of this test go, and by which policy they stay. */
    routewitness?: { readonly policy: string; readonly folder: string }
  }
}

type Task = NonNullable<MatcherState['task']>
type Told = Exclude<MatcherResult, Promise<unknown>>

const told = ({ met, text }: Judgement, negated: boolean): Told => ({
  pass: met !== negated,
  message: text,
})

/** Attaches the trace to the test; a test that has ended takes no more. */
async function attach(task: Task | undefined, { trace }: Judgement): Promise<void> {
  if (task === undefined || trace === undefined || task.meta.routewitness !== undefined) return
  try {
    await task.context.annotate(`trace: ${fromHere(trace)}`, 'trace')
  } catch {
    // The failure's text names it, too.
  }
}

function matcher(claim: Claim): Matcher {
  return function claimed(this: MatcherState, received: unknown, ...args: unknown[]): MatcherResult {
    const { task } = this
    // Flags that are not set are undefined, whatever their type says.
    const [negated, soft, poll] = [this.isNot, this.soft, this.poll].map(Boolean) as [
      boolean,
      boolean,
      boolean,
    ]
    const over = new AbortController()
    const signal = task === undefined ? undefined : AbortSignal.any([task.context.signal, over.signal])
    const judgement = judge(claim, received, args, { negated, once: poll, signal })
    if (!(judgement instanceof Promise)) {
      // What expect.poll looks at again may hold then.
      if (!judgement.met && !poll) void attach(task, judgement)
      return told(judgement, negated)
    }
    const label = (received as { readonly label: string }).label
    const made = new Error(`${callText({ name: claim.name, args, negated, label })} was not awaited`)
    // The first line of the stack that is nobody's tool is the test's.
    Error.captureStackTrace(made, claimed)
    const result = judgement.then(async (judgement) => {
      if (!judgement.met) await attach(task, judgement)
      return told(judgement, negated)
    })
    let awaited = false
    // Before the test's own time was over.
    let inTime = false
    const ended = judgement.finally(() => (inTime = task?.context.signal.aborted !== true))
    ended.catch(() => undefined)
    task?.context.onTestFinished(async () => {
      const timedOut = task.context.signal.aborted
      over.abort()
      if (!awaited) throw forgotten(made)
      if (inTime || !timedOut) return
      // The test's own time was shorter: say what was waited for.
      const { met, text } = await judgement
      if (!met) throw located(made, text())
    })
    // vitest calls then() once, and once more for expect.soft; the next call is the test's await.
    return new Pending(result, soft ? 2 : 1, {
      quiet: task !== undefined,
      awaited: () => (awaited = true),
      mend: (error) => (error instanceof Error ? placed(error, made) : error),
    })
  }
}

const forgotten = (made: Error): Error =>
  located(
    made,
    `${made.message}: of a running router it is a promise, so nothing was claimed\n\n  write  await ${made.message.replace(' was not awaited', '')}`,
  )

/** An error with this text, at the place where the claim was made. */
const located = (made: Error, text: string): Error => placed(new Error(text), made)

/** Gives an error the place where the claim was made. */
function placed(error: Error, made: Error): Error {
  if (made.stack !== undefined) error.stack = made.stack.replace(made.message, () => error.message)
  return error
}

expect.extend(Object.fromEntries(Object.values(CLAIMS).map((claim) => [claim.name, matcher(claim)])))
