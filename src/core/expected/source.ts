// Incident I-2 as a rule: which object a Cilium version announces pod CIDRs from, and which one pods get theirs from.
import { before, type Version } from './settings.ts'

export type PodCidrObject = 'Node' | 'CiliumNode'

/** Where a pod CIDR stands in each of the two objects. */
export const POD_CIDR_FIELD: Readonly<Record<PodCidrObject, string>> = {
  Node: 'Node.spec.podCIDRs',
  CiliumNode: 'CiliumNode.spec.ipam.podCIDRs',
}

/** Which object holds the pod CIDRs that pods really get their addresses from. Undefined: the mode has none. */
export function allocatingObject(ipam: string | undefined): PodCidrObject | undefined {
  if (ipam === 'kubernetes') return 'Node'
  return ipam === undefined || ipam === 'cluster-pool' ? 'CiliumNode' : undefined
}

/** The object that the speaker of this version reads: before 1.12 always Node, from 1.12 on what the IPAM mode says. */
export function announcingObject(
  version: Version | undefined,
  ipam: string | undefined,
): PodCidrObject | undefined {
  if (version === undefined) return undefined
  return before(version, 1, 12) ? 'Node' : allocatingObject(ipam)
}

export interface SourceVerdict {
  readonly verdict: 'agrees' | 'differs' | 'unknown'
  readonly announces: PodCidrObject | undefined
  readonly allocates: PodCidrObject | undefined
  readonly reason: string
  readonly remedy: string | undefined
}

export const SOURCE_REMEDY = 'Cilium >= 1.12, or ipam: kubernetes'

/**
 * Does the speaker announce what IPAM allocates? Needs no BGP session, so `preflight` asks it too.
 * Source: incident I-2 (cilium#18852).
 */
export function judgeSource(version: Version | undefined, ipam: string | undefined): SourceVerdict {
  const announces = announcingObject(version, ipam)
  const allocates = allocatingObject(ipam)
  const unknown = (reason: string): SourceVerdict => ({
    verdict: 'unknown',
    announces,
    allocates,
    reason,
    remedy: undefined,
  })
  if (version === undefined) return unknown('the version of Cilium is not known')
  if (ipam === undefined) return unknown('the IPAM mode is not known')
  if (allocates === undefined) return unknown(`ipam ${ipam} does not allocate pod CIDRs to nodes`)
  if (announces === allocates) {
    const must =
      ipam === 'kubernetes'
        ? ', and Node and CiliumNode must agree (kube-controller-manager --allocate-node-cidrs)'
        : ''
    return {
      verdict: 'agrees',
      announces,
      allocates,
      remedy: undefined,
      reason: `Cilium ${version.text} announces ${POD_CIDR_FIELD[allocates]}, as ipam ${ipam} allocates them${must}`,
    }
  }
  return {
    verdict: 'differs',
    announces,
    allocates,
    reason: `Cilium ${version.text} announces ${POD_CIDR_FIELD.Node} whatever the IPAM mode, ipam ${ipam} writes ${POD_CIDR_FIELD[allocates]}`,
    remedy: SOURCE_REMEDY,
  }
}
