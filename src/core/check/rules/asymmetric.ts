import { sameAddress } from '../data-plane.ts'
import { isOk, isOver } from '../probe-book.ts'
import { evidenceOf } from '../words.ts'
import { through } from './blackhole.ts'
import type { ProbeRule } from './rule.ts'

/** The answer tells of a detour: our address was changed on the way, or another node answered (D-18). */
export const asymmetric: ProbeRule = {
  on: 'probe',
  code: 'asymmetric',
  severity: 'warning',
  meaning:
    'a probe was answered by another node than the one that it was sent through, or saw another client address than ours',

  judge(path) {
    for (const series of path.series) {
      const { reply, local } = series
      if (!isOk(series) || isOver(series) || reply === undefined) continue
      const { since, event } = reply
      const { client, node, pod } = reply.is
      const answers = pod === undefined ? (node ?? series.target) : `${pod} on ${node ?? 'an unknown node'}`
      const via = `sent through ${path.node}${through(path.nextHop)}`
      if (path.owned && node !== undefined && path.announced !== undefined && node !== path.node)
        return {
          since,
          evidence: evidenceOf(event),
          summary: `a probe of ${series.target} ${via} was answered by ${answers}`,
          cause: `${path.node} draws the traffic of ${node} to itself and forwards it`,
          impact: `the pods of ${node} behind ${path.prefix} hang on ${path.node}`,
          remedy: `see which node owns ${path.prefix}; findings about the route say more`,
        }
      if (local !== undefined && !sameAddress(local, client))
        return {
          since,
          evidence: evidenceOf(event),
          summary: `a probe of ${series.target} ${via} came from ${local} and was seen by ${answers} as ${client}`,
          cause:
            'the source address was changed on the way: masquerading, or a Service with externalTrafficPolicy Cluster (SNAT)',
          impact: 'pods do not see who their clients are; with DSR or Local they do',
          remedy:
            'except these clients from masquerading (ipv4NativeRoutingCIDR), or use externalTrafficPolicy Local or DSR',
        }
    }
    return undefined
  },
}
