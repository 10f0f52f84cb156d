// Which object is announced, and whether it is the one that pods get their addresses from (incident I-2, cilium#18852).
import { plural } from '../../core/errors/plural.ts'
import { formatPrefix } from '../../core/ip/text.ts'
import { overlaps } from '../../core/ip/arithmetic.ts'
import type { Prefix } from '../../core/ip/prefix.ts'
import { readNodeFacts, type NodeFacts } from '../../core/expected/node-facts.ts'
import { before, readSettings, type Objects } from '../../core/expected/settings.ts'
import { judgeSource } from '../../core/expected/source.ts'
import { clusterCheck, error, ok, skipped, warning, type Outcome } from './contract.ts'

const ignore = (): void => undefined
const texts = (prefixes: readonly Prefix[]): string => prefixes.map(formatPrefix).sort().join(', ') || 'none'

function factsOf(objects: Objects): readonly NodeFacts[] {
  const { ipam } = readSettings(objects, ignore)
  const names = new Set(
    [...objects.list('Node'), ...objects.list('CiliumNode')].map(({ metadata }) => metadata.name),
  )
  return [...names].sort().map((name) => readNodeFacts(objects, name, ipam, ignore))
}

export const versionAndIpam = clusterCheck(
  'version-ipam',
  'the speaker announces what IPAM allocates',
  (objects) => {
    const { version, ipam } = readSettings(objects, ignore)
    const { verdict, reason, remedy } = judgeSource(version, ipam)
    if (verdict === 'agrees') return [ok(reason)]
    return [verdict === 'differs' ? error(reason, remedy) : skipped(reason)]
  },
)

export const speakerEnabled = clusterCheck('bgp-enabled', "Cilium's BGP speaker is on", (objects) => {
  const { version, announcePodCidrs } = readSettings(objects, ignore)
  const config = [...objects.list('ConfigMap')].find(({ metadata }) => metadata.name === 'cilium-config')
  if (config === undefined) return [skipped('there is no ConfigMap cilium-config, or it may not be read')]
  const data = config['data'] as Readonly<Record<string, unknown>> | undefined
  if (String(data?.['enable-bgp-control-plane']) === 'true') return [ok('enable-bgp-control-plane is true')]
  if (announcePodCidrs) return [ok('MetalLB mode: bgp-announce-pod-cidr is true')]
  const old = version !== undefined && before(version, 1, 12)
  return [
    error(
      'enable-bgp-control-plane is not true in cilium-config: no agent will open a session',
      old
        ? 'helm upgrade … --set bgp.enabled=true'
        : 'helm upgrade … --set bgpControlPlane.enabled=true, then restart the agents',
    ),
  ]
})

export const nodeCidrs = clusterCheck('pod-cidrs', 'every node has pod CIDRs of its own', (objects) => {
  const nodes = factsOf(objects)
  if (nodes.length === 0)
    return [
      error('the cluster has neither Nodes nor CiliumNodes', 'Check --context and the rights to list them.'),
    ]
  const { ipam } = readSettings(objects, ignore)
  const outcomes: Outcome[] = []
  for (const { name, allocated } of nodes)
    if (allocated.length === 0)
      outcomes.push(
        error(
          `${name} has no pod CIDR: it will announce none`,
          'Look at the operator’s log: it says when a pool is used up or a CIDR was taken away.',
        ),
      )
  outcomes.push(...overlapping(nodes), ...differing(nodes, ipam))
  return outcomes.length > 0
    ? outcomes
    : [
        ok(
          `${plural(nodes.length, 'node')}, ${plural(nodes.flatMap(({ allocated }) => allocated).length, 'CIDR')}, none of them twice`,
        ),
      ]
})

function overlapping(nodes: readonly NodeFacts[]): readonly Outcome[] {
  const outcomes: Outcome[] = []
  for (const [at, first] of nodes.entries())
    for (const second of nodes.slice(at + 1))
      for (const one of first.allocated)
        for (const other of second.allocated)
          if (overlaps(one, other))
            outcomes.push(
              error(
                `${formatPrefix(one)} of ${first.name} and ${formatPrefix(other)} of ${second.name} overlap: one of them draws the other’s traffic`,
                'Take the CIDR from one of the two CiliumNodes while the operator runs, and restart that agent.',
              ),
            )
  return outcomes
}

/** Rule D-14: with ipam kubernetes both objects must agree; otherwise they may differ, and who reads the wrong one is wrong. */
function differing(nodes: readonly NodeFacts[], ipam: string | undefined): readonly Outcome[] {
  const differ = nodes.filter(
    ({ nodePodCidrs, ciliumPodCidrs }) =>
      nodePodCidrs.length > 0 && ciliumPodCidrs.length > 0 && texts(nodePodCidrs) !== texts(ciliumPodCidrs),
  )
  const [first] = differ
  if (first === undefined) return []
  const what = `Node.spec.podCIDRs (${texts(first.nodePodCidrs)}) and CiliumNode.spec.ipam.podCIDRs (${texts(first.ciliumPodCidrs)}) of ${first.name}${differ.length > 1 ? ` and ${differ.length - 1} more` : ''} differ`
  if (ipam === 'kubernetes')
    return [
      error(
        `${what}: with ipam kubernetes they must agree`,
        'Run kube-controller-manager with --allocate-node-cidrs, and delete the CiliumNode so that the agent writes it anew.',
      ),
    ]
  return [
    warning(
      `${what}: right for ipam ${ipam ?? 'cluster-pool'}, but whoever reads the Node announces the wrong one`,
    ),
  ]
}
