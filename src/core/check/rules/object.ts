import { evidenceOf } from '../words.ts'
import type { ObjectRule } from './rule.ts'

/** An object that cannot be understood: what it says is left out of the expectation. */
export const object: ObjectRule = {
  on: 'object',
  code: 'object',
  severity: 'error',
  meaning: 'a field of an object cannot be used, or contradicts another object',

  judge({ problem, since, event }) {
    return {
      since,
      evidence: evidenceOf(event),
      summary: `${problem.kind} ${problem.name}: ${problem.field} ${problem.message}`,
      cause: undefined,
      impact: 'what the field says is not part of the expectation',
      remedy: `correct ${problem.field} of ${problem.kind} ${problem.name}`,
    }
  },
}
