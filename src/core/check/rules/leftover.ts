import { formatPrefix } from '../../ip/text.ts'
import { announcedBy, evidenceOf, eventsOf, firstOf, onlyStale, timeOfDay } from '../words.ts'
import { wrongSource } from '../wrong-source.ts'
import type { ClaimRule } from './rule.ts'

/** Announced although its owner is gone: traffic goes to a machine that has no such pods. */
export const leftover: ClaimRule = {
  on: 'claim',
  code: 'leftover',
  severity: 'error',
  meaning: 'announced, once owned by somebody, now by nobody',

  judge(claim, view) {
    const former = view.former(claim.key)
    // What graceful restart keeps of a node that just went is due to stay for a while: finding "stale".
    if (former === undefined || onlyStale(claim)) return undefined
    const why = wrongSource(view, claim.node, claim.prefix)
    const lost = `${former.node} owned it until ${timeOfDay(former.since)}`
    return {
      since: Math.max(firstOf(claim).route.since, former.since),
      evidence: evidenceOf(...eventsOf(claim), former.event),
      summary: `${announcedBy(claim)}, once owned by ${former.node}, now by nobody`,
      cause: why === undefined ? lost : `${why.cause}; ${lost}`,
      impact: `traffic for ${formatPrefix(claim.prefix)} goes to ${claim.node}, which has no pods there`,
      remedy: why?.remedy ?? `make ${claim.node} withdraw it`,
    }
  },
}
