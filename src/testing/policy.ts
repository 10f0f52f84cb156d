// Which traces of tests are kept: Playwright's names, from ROUTEWITNESS_TRACE.
import { didYouMean } from '../core/errors/nearest.ts'
import { UserError } from '../core/errors/user-error.ts'
import { variable } from '../harness/environment.ts'

export const TRACE_POLICIES = [
  'off',
  'on',
  'retain-on-failure',
  'on-first-retry',
  'on-all-retries',
  'retain-on-first-failure',
  'retain-on-failure-and-retries',
] as const
export type TracePolicy = (typeof TRACE_POLICIES)[number]

/** One run of a test; `retry` is 0 for the first. */
export interface Attempt {
  readonly retry: number
  readonly failed: boolean
}

/** Whether the trace of an attempt stays when it is over. */
export function keeps(policy: TracePolicy, { retry, failed }: Attempt): boolean {
  switch (policy) {
    case 'off':
      return false
    case 'on':
      return true
    case 'retain-on-failure':
      return failed
    case 'on-first-retry':
      return retry === 1
    case 'on-all-retries':
      return retry > 0
    case 'retain-on-first-failure':
      return retry === 0 && failed
    case 'retain-on-failure-and-retries':
      return failed || retry > 0
  }
}

/** Whether an attempt has to be recorded at all: it may be kept. */
export const records = (policy: TracePolicy, retry: number): boolean =>
  keeps(policy, { retry, failed: true }) || keeps(policy, { retry, failed: false })

const isPolicy = (text: string): text is TracePolicy => (TRACE_POLICIES as readonly string[]).includes(text)

export interface TracePlan {
  readonly policy: TracePolicy
  /** Folder of all traces. */
  readonly directory: string
}

/** As told, as ROUTEWITNESS_TRACE and ROUTEWITNESS_TRACE_DIR say, or `retain-on-failure` in `test-results`. Throws RW_USAGE. */
export function tracePlan(
  told: { readonly [Key in keyof TracePlan]?: TracePlan[Key] | undefined } = {},
  environment: NodeJS.ProcessEnv = process.env,
): TracePlan {
  // A variable is set for one run, an option for all: the variable wins.
  const policy = variable('ROUTEWITNESS_TRACE', environment) ?? told.policy ?? 'retain-on-failure'
  if (!isPolicy(policy))
    throw new UserError('RW_USAGE', `ROUTEWITNESS_TRACE: there is no policy "${policy}"`, {
      remedy: [didYouMean(policy, TRACE_POLICIES), `Policies are ${TRACE_POLICIES.join(', ')}.`]
        .filter((part) => part !== undefined)
        .join(' '),
    })
  return {
    policy,
    directory: variable('ROUTEWITNESS_TRACE_DIR', environment) ?? told.directory ?? 'test-results',
  }
}
