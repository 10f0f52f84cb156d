import type { Micros } from '../../speaker/contract.ts'
import { isOk, isOver } from '../probe-book.ts'
import { evidenceOf, timeOfDay } from '../words.ts'
import { through } from './blackhole.ts'
import type { ProbeRule } from './rule.ts'

/** A refusal so soon after the announcement is its fault (D-19). */
const SOON: Micros = 1_000_000
/** What is over is told of for so long, and while the route stands. */
const TOLD: Micros = 600_000_000

/** Announced before the datapath, or what is behind it, was there: the first packets were refused (D-19, cilium#17547). */
export const announcedEarly: ProbeRule = {
  on: 'probe',
  code: 'announced-early',
  severity: 'warning',
  meaning: 'a probe was refused within a second of the announcement: the route came before what it leads to',

  judge(path, at) {
    const { announced, node, prefix } = path
    if (announced === undefined || announced.route.stale !== undefined) return undefined
    const { since, firstEvent } = announced.route
    for (const series of path.series) {
      const { refused, target } = series
      if (refused === undefined || isOver(series) || at - refused.at > TOLD) continue
      if (refused.at < since || refused.at - since > SOON) continue
      // What was answered after the announcement was there, and is gone.
      if (refused.answered !== undefined && refused.answered >= since) continue
      const after = ((refused.at - since) / 1e6).toFixed(3)
      const then = isOk(series)
        ? `is answered since ${timeOfDay(series.since)}`
        : `still fails (${series.outcome})`
      return {
        since: refused.at,
        evidence: evidenceOf(firstEvent, refused.event),
        summary: `${node} announced ${prefix}${through(path.nextHop)} at ${timeOfDay(since)}, and a probe of ${target} was refused ${after} s later; it ${then}`,
        cause:
          'the route was announced before the datapath of the node was ready for it, or before the target listened',
        impact: 'whoever came first was refused, although another announcer may have been ready',
        remedy: `see whether ${node} announces before its load balancer is programmed (cilium#17547), and whether the readiness probe of the target tells the truth`,
      }
    }
    return undefined
  },
}
