// The variables of the environment that stand in place of options. docs/testing.md describes them.
import { UserError } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { parseDuration } from './duration.ts'

/** How long a wait lasts that is not told otherwise. */
const DEFAULT_TIMEOUT = '60s'

/** The value of a variable; one that is empty counts as not set. */
export function variable(name: `ROUTEWITNESS_${string}`, environment: NodeJS.ProcessEnv): string | undefined {
  const value = environment[name]
  return value === undefined || value === '' ? undefined : value
}

/** How long a wait lasts: as told, as ROUTEWITNESS_TIMEOUT says, or 60 s. Throws RW_USAGE for what is no duration. */
export function timeoutOf(
  told: string | number | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Micros {
  if (told !== undefined) return parseDuration(told, 'timeout')
  const set = variable('ROUTEWITNESS_TIMEOUT', environment)
  if (set === undefined) return parseDuration(DEFAULT_TIMEOUT)
  try {
    return parseDuration(set)
  } catch (error) {
    throw new UserError('RW_USAGE', `ROUTEWITNESS_TIMEOUT: "${set}" is no duration`, {
      remedy: 'Set it to for example 30s, 2m or 1m30s.',
      cause: error,
    })
  }
}
