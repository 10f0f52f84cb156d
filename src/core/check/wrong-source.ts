// The cause that incidents I-1 and I-2 share: the speaker reads Node, IPAM writes CiliumNode.
import { formatPrefix } from '../ip/text.ts'
import type { Prefix } from '../ip/prefix.ts'
import { judgeSource, SOURCE_REMEDY } from '../expected/source.ts'
import { isNodePodCidr } from './words.ts'
import type { View } from './view.ts'

export interface CauseAndRemedy {
  readonly cause: string
  readonly remedy: string
}

/** Why a node announces its Node's pod CIDR instead of its CiliumNode's; undefined when the prefix is no such one. */
export function wrongSource(view: View, node: string, prefix: Prefix): CauseAndRemedy | undefined {
  if (!isNodePodCidr(view, node, prefix)) return undefined
  const { version, ipam } = view.settings
  const equals = `equals Node.spec.podCIDRs of ${node}`
  const verdict = judgeSource(version, ipam)
  if (verdict.verdict === 'agrees')
    return {
      cause: `${equals}, although ${verdict.reason}`,
      remedy: `see which agent runs on ${node}: one before 1.12 announces Node.spec.podCIDRs whatever the IPAM mode`,
    }
  const because = version === undefined ? '' : ` (Cilium ${version.text}, ipam ${ipam ?? 'unknown'})`
  return {
    cause: `${equals}: the speaker reads Node, IPAM writes CiliumNode${because}`,
    remedy: SOURCE_REMEDY,
  }
}

/** The Node CIDRs that a node announces in place of its own: what explains that its own are missing. */
export function announcesInstead(view: View, node: string): CauseAndRemedy | undefined {
  for (const claim of view.claimsOf(node)) {
    const why = wrongSource(view, node, claim.prefix)
    if (why !== undefined)
      return {
        cause: `${node} announces ${formatPrefix(claim.prefix)} instead, which ${why.cause}`,
        remedy: why.remedy,
      }
  }
  return undefined
}
