// Runs checks, all or some, and sums up.
import { didYouMean } from '../../core/errors/nearest.ts'
import { UserError, whatHappened } from '../../core/errors/user-error.ts'
import type { Check, CheckVerdict, Facts, Outcome } from './contract.ts'
import { CHECKS } from './table.ts'

export interface CheckResult {
  readonly id: string
  readonly title: string
  readonly about: Check['about']
  readonly verdict: CheckVerdict
  readonly outcomes: readonly Outcome[]
}

const WORST: readonly CheckVerdict[] = ['error', 'warning', 'ok', 'skipped']

/** The checks of these ids, or all. Throws RW_USAGE for an id that there is not. */
export function chosenChecks(ids: readonly string[] | undefined): readonly Check[] {
  if (ids === undefined) return CHECKS
  const unknown = ids.find((id) => !CHECKS.some((check) => check.id === id))
  if (unknown !== undefined) {
    const known = CHECKS.map(({ id }) => id)
    const question = didYouMean(unknown, known)
    throw new UserError(
      'RW_USAGE',
      `there is no check "${unknown}"${question === undefined ? '' : ` (${question})`}`,
      { remedy: `There are ${known.join(', ')}.` },
    )
  }
  return CHECKS.filter(({ id }) => ids.includes(id))
}

/**
 * Runs the checks one after the other. One that fails by itself is an error of its own and leaves the others alone.
 * @param told called with each result as it is there
 */
export async function preflight(
  facts: Facts,
  checks: readonly Check[],
  told: (result: CheckResult) => void = () => undefined,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = []
  for (const check of checks) {
    const { id, title, about } = check
    let outcomes: readonly Outcome[]
    try {
      outcomes = await check.run(facts)
    } catch (failure) {
      outcomes = [
        {
          verdict: 'error',
          what: `the check itself failed: ${whatHappened(failure)}`,
        },
      ]
    }
    const verdict = WORST.find((one) => outcomes.some((outcome) => outcome.verdict === one)) ?? 'skipped'
    const result = { id, title, about, verdict, outcomes }
    results.push(result)
    told(result)
  }
  return results
}
