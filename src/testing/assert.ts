// The claims as plain functions, for node:test, scripts and everything that is not vitest: import from 'routewitness/assert'.
// Of a running router each gives a promise, which must be awaited; of a value it throws at once. Throws node:assert's
// AssertionError with the text that the matcher would give.
import { AssertionError } from 'node:assert'
import type { Claim } from './claims/claim.ts'
import { CLAIMS } from './claims/table.ts'
import { judge, type Judgement } from './judge.ts'
import type { RouterMatchers, Told } from './matcher-types.ts'

type Assert<Name extends keyof typeof CLAIMS> = <T>(
  value: T,
  ...args: Parameters<RouterMatchers<T>[Name]>
) => Told<T>

function asserting<Name extends keyof typeof CLAIMS>(name: Name, negated: boolean): Assert<Name> {
  const claim: Claim = CLAIMS[name]
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
export const assertEstablished = asserting('toBeEstablished', false)
/** See `toMatchCluster`. */
export const assertMatchesCluster = asserting('toMatchCluster', false)
/** See `toAdvertise`. */
export const assertAdvertises = asserting('toAdvertise', false)
export const assertDoesNotAdvertise = asserting('toAdvertise', true)
/** See `toHaveOwner`. */
export const assertHasOwner = asserting('toHaveOwner', false)
/** See `toHaveNoRoutes`. */
export const assertHasNoRoutes = asserting('toHaveNoRoutes', false)
/** See `toHaveNextHop`. */
export const assertHasNextHop = asserting('toHaveNextHop', false)
/** See `toHaveNoWithdrawals`. */
export const assertHasNoWithdrawals = asserting('toHaveNoWithdrawals', false)
/** `toHaveNoWithdrawals` negated: a route was withdrawn. */
export const assertHasWithdrawals = asserting('toHaveNoWithdrawals', true)
/** See `toHaveNoGap`. */
export const assertHasNoGap = asserting('toHaveNoGap', false)
/** See `toHaveNoSessionFlaps`. */
export const assertHasNoSessionFlaps = asserting('toHaveNoSessionFlaps', false)
/** See `toHaveRestartedGracefully`. */
export const assertRestartedGracefully = asserting('toHaveRestartedGracefully', false)
/** `toHaveRestartedGracefully` negated: sessions ended, and no node kept its routes. */
export const assertDidNotRestartGracefully = asserting('toHaveRestartedGracefully', true)
/** See `toReceiveNotification`. */
export const assertReceivesNotification = asserting('toReceiveNotification', false)
/** `toReceiveNotification` negated, of a closed window. */
export const assertReceivesNoNotification = asserting('toReceiveNotification', true)
/** See `toReceiveEndOfRib`. */
export const assertReceivesEndOfRib = asserting('toReceiveEndOfRib', false)
/** See `toConvergeWithin`. */
export const assertConvergesWithin = asserting('toConvergeWithin', false)
/** `toHaveDuplicateRouterIds` negated. */
export const assertHasNoDuplicateRouterIds = asserting('toHaveDuplicateRouterIds', true)
/** See `toHaveFindings`. */
export const assertHasFindings = asserting('toHaveFindings', false)
/** `toHaveFindings` negated: there are none, or none of these. */
export const assertHasNoFindings = asserting('toHaveFindings', true)
