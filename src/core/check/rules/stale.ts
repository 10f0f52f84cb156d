import { formatPrefix } from '../../ip/text.ts'
import { describeCause } from '../../session/describe.ts'
import { evidenceOf, eventsOf, onlyStale, timeOfDay } from '../words.ts'
import type { ClaimRule } from './rule.ts'

/** The node's session is gone and graceful restart keeps its routes for a while. */
export const stale: ClaimRule = {
  on: 'claim',
  code: 'stale',
  severity: 'warning',
  meaning: 'held only by graceful restart; becomes missing when flushed',

  judge(claim, view) {
    if (!onlyStale(claim)) return undefined
    const marks = claim.sightings.map(({ route }) => route.stale!)
    const until = Math.max(...marks.map((mark) => mark.until))
    const left = Math.max(0, Math.ceil((until - view.at) / 1_000_000))
    const cause = claim.sightings[0]?.peer.last.cause
    return {
      since: Math.min(...marks.map((mark) => mark.since)),
      evidence: evidenceOf(...eventsOf(claim)),
      summary: `held only by graceful restart for ${claim.node}, ${left} s left (until ${timeOfDay(until)})`,
      owner: view.owners(claim.key).has(claim.node) ? claim.node : undefined,
      cause: cause === undefined ? undefined : `the session of ${claim.node} ended: ${describeCause(cause)}`,
      impact: `unless ${claim.node} announces it again within ${left} s, ${formatPrefix(claim.prefix)} is flushed`,
      remedy: `bring the speaker of ${claim.node} back before the timer ends`,
    }
  },
}
