import { failing } from '../data-plane.ts'
import { lossCause } from '../loss-cause.ts'
import { evidenceOf, timeOfDay } from '../words.ts'
import { elsewhere, nothingListens, through } from './blackhole.ts'
import type { ProbeRule } from './rule.ts'

/** Announced, and nothing sent there has ever been answered: D-10 and D-17. */
export const unreachable: ProbeRule = {
  on: 'probe',
  code: 'unreachable',
  severity: 'error',
  meaning: 'announced, and no probe through this next hop was answered since the route came',

  judge(path, at) {
    const { announced, node, prefix } = path
    if (announced === undefined || announced.route.stale !== undefined) return undefined
    for (const series of path.series) {
      const found = series.kind === 'new' ? failing(series, at) : undefined
      if (found === undefined) continue
      const begun = Math.max(announced.route.since, announced.established)
      // An answer to what was announced before says nothing about the route of now.
      if (series.answered !== undefined && series.answered >= begun) continue
      if (series.answered !== undefined && begun <= found.since) continue
      const refused = series.outcome === 'refused'
      const cause = lossCause(path.census, node, found.since)
      const why = series.message === undefined ? '' : `: ${series.message}`
      return {
        since: found.since,
        evidence: evidenceOf(announced.route.firstEvent, found.event, ...(refused ? [] : cause.events)),
        summary: `${node} announces ${prefix}${through(path.nextHop)} since ${timeOfDay(announced.route.since)}, and no probe of ${series.target} was ever answered (${series.outcome}${why})`,
        ...(refused
          ? nothingListens(series)
          : {
              cause: cause.text,
              impact: `what is sent to these addresses by this path is lost${elsewhere(path.others)}`,
              remedy:
                cause.kind === 'unknown'
                  ? `see whether ${node} has the target, and routes to it`
                  : cause.remedy,
            }),
      }
    }
    return undefined
  },
}
