// Findings about the data plane: at most one for each probed path, and one for each node whose sysctls are read.
import type { Micros } from '../speaker/contract.ts'
import { familyName } from '../wire/families.ts'
import { parsePrefix } from '../ip/text.ts'
import type { ProbedPath } from './data-plane.ts'
import type { Finding } from './finding.ts'
import type { NodeCensus } from './probe-book.ts'
import { announcedEarly } from './rules/announced-early.ts'
import { asymmetric } from './rules/asymmetric.ts'
import { blackhole } from './rules/blackhole.ts'
import type { CensusRule, ProbeRule, Ruling } from './rules/rule.ts'
import { sysctl } from './rules/sysctl.ts'
import { unreachable } from './rules/unreachable.ts'

/** In the order in which they are asked; the first that finds something is told. */
const PROBE_RULES: readonly ProbeRule[] = [blackhole, unreachable, announcedEarly, asymmetric]
const CENSUS_RULES: readonly CensusRule[] = [sysctl]

export function* probeFindings(
  paths: readonly ProbedPath[],
  censuses: Iterable<NodeCensus>,
  at: Micros,
): Generator<Finding> {
  for (const path of paths) {
    for (const rule of PROBE_RULES) {
      const ruling = rule.judge(path, at)
      if (ruling === undefined) continue
      yield {
        ...common(rule, ruling),
        node: path.node,
        peer: path.announced?.peer.key,
        session: path.announced?.peer.established?.session,
        family: familyName({ afi: parsePrefix(path.prefix).afi, safi: 1 }),
        prefix: path.prefix,
        near: [],
      }
      break
    }
  }
  for (const census of censuses) {
    for (const rule of CENSUS_RULES) {
      const ruling = rule.judge(census)
      if (ruling === undefined) continue
      yield {
        ...common(rule, ruling),
        ...{ node: census.node, peer: undefined, session: undefined, family: undefined, prefix: undefined },
        near: [],
      }
      break
    }
  }
}

function common(
  { code, severity }: ProbeRule | CensusRule,
  { severity: given, since, evidence, summary, cause, impact, remedy }: Ruling,
): Omit<Finding, 'node' | 'peer' | 'session' | 'family' | 'prefix' | 'near'> {
  return {
    code,
    severity: given ?? severity,
    since,
    evidence,
    summary,
    owner: undefined,
    cause,
    impact,
    remedy,
  }
}
