// The claims as plain functions, for node:test, scripts and everything that is not vitest: import from 'routewitness/assert'.
// Of a running router each gives a promise, which must be awaited; of a value it throws at once. Throws node:assert's
// AssertionError with the text that the matcher would give, with the call as it was made.
import { AssertionError } from 'node:assert'
import type { Claim } from './claims/claim.ts'
import { CLAIMS } from './claims/table.ts'
import { judge, type Judgement } from './judge.ts'
import type { RouterMatchers, Told } from './matcher-types.ts'

type Assert<Name extends keyof typeof CLAIMS> = <T>(
  value: T,
  ...args: Parameters<RouterMatchers<T>[Name]>
) => Told<T>

/** @param called the name of the function that this makes */
function asserting<Name extends keyof typeof CLAIMS>(
  called: string,
  name: Name,
  negated: boolean,
): Assert<Name> {
  const claim: Claim = { ...(CLAIMS[name] as Claim), called }
  const operator = `${negated ? 'not.' : ''}${name}`
  const assert = (value: unknown, ...args: unknown[]): Promise<void> | void => {
    // Made here, so that the stack leads to the caller also when the failure comes later.
    const made = new Error('made')
    Error.captureStackTrace(made, assert)
    const verdict = ({ met, text }: Judgement): void => {
      if (met) return
      const error = new AssertionError({ message: text(), operator })
      error.stack = (made.stack ?? '').replace(
        'Error: made',
        () => `AssertionError [ERR_ASSERTION]: ${error.message}`,
      )
      throw error
    }
    const judgement = judge(claim, value, args, { negated })
    return judgement instanceof Promise ? judgement.then(verdict) : verdict(judgement)
  }
  return assert as Assert<Name>
}

/** See `toBeEstablished`. */
export const assertEstablished = asserting('assertEstablished', 'toBeEstablished', false)
/** See `toMatchCluster`. */
export const assertMatchesCluster = asserting('assertMatchesCluster', 'toMatchCluster', false)
/** See `toAdvertise`. */
export const assertAdvertises = asserting('assertAdvertises', 'toAdvertise', false)
export const assertDoesNotAdvertise = asserting('assertDoesNotAdvertise', 'toAdvertise', true)
/** See `toHaveOwner`. */
export const assertHasOwner = asserting('assertHasOwner', 'toHaveOwner', false)
/** See `toHaveNoRoutes`. */
export const assertHasNoRoutes = asserting('assertHasNoRoutes', 'toHaveNoRoutes', false)
/** See `toHaveNextHop`. */
export const assertHasNextHop = asserting('assertHasNextHop', 'toHaveNextHop', false)
/** See `toHaveNoWithdrawals`. */
export const assertHasNoWithdrawals = asserting('assertHasNoWithdrawals', 'toHaveNoWithdrawals', false)
/** `toHaveNoWithdrawals` negated: a route was withdrawn. */
export const assertHasWithdrawals = asserting('assertHasWithdrawals', 'toHaveNoWithdrawals', true)
/** See `toHaveNoGap`. */
export const assertHasNoGap = asserting('assertHasNoGap', 'toHaveNoGap', false)
/** See `toHaveNoSessionFlaps`. */
export const assertHasNoSessionFlaps = asserting('assertHasNoSessionFlaps', 'toHaveNoSessionFlaps', false)
/** See `toHaveRestartedGracefully`. */
export const assertRestartedGracefully = asserting(
  'assertRestartedGracefully',
  'toHaveRestartedGracefully',
  false,
)
/** `toHaveRestartedGracefully` negated: sessions ended, and no node kept its routes. */
export const assertDidNotRestartGracefully = asserting(
  'assertDidNotRestartGracefully',
  'toHaveRestartedGracefully',
  true,
)
/** See `toReceiveNotification`. */
export const assertReceivesNotification = asserting(
  'assertReceivesNotification',
  'toReceiveNotification',
  false,
)
/** `toReceiveNotification` negated, of a closed window. */
export const assertReceivesNoNotification = asserting(
  'assertReceivesNoNotification',
  'toReceiveNotification',
  true,
)
/** See `toReceiveEndOfRib`. */
export const assertReceivesEndOfRib = asserting('assertReceivesEndOfRib', 'toReceiveEndOfRib', false)
/** See `toConvergeWithin`. */
export const assertConvergesWithin = asserting('assertConvergesWithin', 'toConvergeWithin', false)
/** `toHaveDuplicateRouterIds` negated. */
export const assertHasNoDuplicateRouterIds = asserting(
  'assertHasNoDuplicateRouterIds',
  'toHaveDuplicateRouterIds',
  true,
)
/** See `toHaveFindings`. */
export const assertHasFindings = asserting('assertHasFindings', 'toHaveFindings', false)
/** `toHaveFindings` negated: there are none, or none of these. */
export const assertHasNoFindings = asserting('assertHasNoFindings', 'toHaveFindings', true)
