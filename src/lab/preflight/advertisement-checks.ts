// Advertisements, families and password Secrets that come to nothing although every label fits.
import { plural } from '../../core/errors/plural.ts'
import type { Field } from '../../core/expected/field.ts'
import { readSelector } from '../../core/expected/selector.ts'
import { readSettings, type Objects } from '../../core/expected/settings.ts'
import { clusterPeers, nameOf, rootsOf } from './chain-checks.ts'
import { clusterCheck, error, ok, skipped, warning, type Facts, type Outcome } from './contract.ts'
import { secretsOf } from './more-objects.ts'

const ignore = (): void => undefined

/** IPAM modes whose pod CIDRs Cilium's BGP control plane announces. */
const POD_CIDR_MODES = ['kubernetes', 'cluster-pool']

export const advertisementTypes = clusterCheck(
  'advertisement-types',
  'what is advertised goes with the IPAM mode',
  (objects, _router, facts) => {
    const { ipam } = readSettings(objects, ignore)
    const entries = rootsOf(objects, 'CiliumBGPAdvertisement').flatMap((advertisement) =>
      advertisement
        .at('spec', 'advertisements')
        .items()
        .map((entry) => ({ where: `CiliumBGPAdvertisement ${nameOf(advertisement)}`, entry })),
    )
    if (entries.length === 0) return [skipped('there is no CiliumBGPAdvertisement')]
    const outcomes = entries.flatMap(({ where, entry }): Outcome[] => {
      const type = entry.at('advertisementType').text()
      if (type === 'PodCIDR' && ipam !== undefined && !POD_CIDR_MODES.includes(ipam))
        return [
          error(
            `${where}: PodCIDR announces nothing with ipam ${ipam}`,
            ipam === 'multi-pool'
              ? 'Use advertisementType CiliumPodIPPool.'
              : 'Announce Services, or use another IPAM mode.',
          ),
        ]
      return type === 'CiliumPodIPPool' ? podPools(objects, where, entry, ipam, facts) : []
    })
    outcomes.push(...crashingPools(objects))
    return outcomes.length > 0 ? outcomes : [ok(`${entries.length} entries, ipam ${ipam ?? 'unknown'}`)]
  },
)

function podPools(
  objects: Objects,
  where: string,
  entry: Field,
  ipam: string | undefined,
  { unread }: Facts,
): Outcome[] {
  if (ipam !== undefined && ipam !== 'multi-pool')
    return [
      error(
        `${where}: CiliumPodIPPool announces nothing with ipam ${ipam}`,
        'Use advertisementType PodCIDR.',
      ),
    ]
  const selector = entry.at('selector')
  if (selector.absent)
    return [
      error(`${where}: its CiliumPodIPPool entry has no selector, so it selects no pool`, 'Give it one.'),
    ]
  const why = unread?.get('CiliumPodIPPool')
  if (why !== undefined) return [skipped(`CiliumPodIPPools cannot be looked at: ${why}`)]
  const selects = readSelector(selector)
  const pools = rootsOf(objects, 'CiliumPodIPPool')
  const labels = (pool: Field): ReadonlyMap<string, string> =>
    new Map([...pool.at('metadata', 'labels').texts(), ['io.cilium.podippool.name', nameOf(pool)]])
  return pools.some((pool) => selects(labels(pool)))
    ? []
    : [
        warning(
          `${where}: its CiliumPodIPPool entry selects none of ${pools.length} pools`,
          'Compare its selector with the labels of the pools.',
        ),
      ]
}

/** An allocated CIDR of a family that its pool has no more ends the agent: measured on 1.18.11, 1.19.7 and 1.20.2. */
function crashingPools(objects: Objects): Outcome[] {
  const pools = new Map(rootsOf(objects, 'CiliumPodIPPool').map((pool) => [nameOf(pool), pool]))
  return rootsOf(objects, 'CiliumNode').flatMap((node) =>
    node
      .at('spec', 'ipam', 'pools', 'allocated')
      .items()
      .flatMap((allocated): Outcome[] => {
        const name = allocated.at('pool').text() ?? ''
        const pool = pools.get(name)
        if (pool === undefined) return []
        const families = new Set(
          allocated
            .at('cidrs')
            .items()
            .map((cidr) => (cidr.text()?.includes(':') === true ? 'ipv6' : 'ipv4')),
        )
        return [...families]
          .filter((family) => pool.at('spec', family).absent)
          .map((family) =>
            error(
              `${nameOf(node)} has an ${family} CIDR of pool ${name}, which has no spec.${family}: advertising that pool ends its agent`,
              `Give the pool spec.${family}.`,
            ),
          )
      }),
  )
}

/** Next hops come from the session's own addresses: a family that the session is not of gets odd ones. */
export const sessionFamilies = clusterCheck(
  'families',
  'routes of a family go over sessions of that family',
  (objects) => {
    const peers = clusterPeers(objects)
    if (peers.length === 0) return [skipped('no CiliumBGPClusterConfig has a peer')]
    const outcomes = new Map<string, Outcome>()
    for (const { config, peer } of peers) {
      const address = peer.at('peerAddress').address()
      if (address === undefined) continue
      const session = address.includes(':') ? 'ipv6' : 'ipv4'
      for (const afi of familiesOf(objects, peer))
        if (afi !== session) {
          const what = `CiliumBGPClusterConfig ${nameOf(config)}, peer ${peer.at('name').text() ?? ''}: ${afi} routes over a session to ${address}`
          outcomes.set(
            what,
            warning(
              `${what}: ${CROSSED[session]}`,
              'Give each family a peer of its own, with an address of that family.',
            ),
          )
        }
    }
    return outcomes.size > 0 ? [...outcomes.values()] : [ok(plural(peers.length, 'peer'))]
  },
)

const CROSSED = {
  ipv4: 'their next hop is ::ffff:a.b.c.d, which most routers refuse (cilium#37831)',
  ipv6: 'they come as MP_REACH with an IPv6 next hop, even to a router that did not offer that (cilium#29951)',
} as const

/** Families in which anything is to be advertised. */
function familiesOf(objects: Objects, peer: Field): readonly string[] {
  const reference = peer.at('peerConfigRef', 'name').text()
  const config = rootsOf(objects, 'CiliumBGPPeerConfig').find((one) => nameOf(one) === reference)
  return (config?.at('spec', 'families').items() ?? [])
    .filter((family) => !family.at('advertisements').absent)
    .flatMap((family) => family.at('afi').text() ?? [])
}

export const passwordSecrets = clusterCheck(
  'password-secrets',
  'password Secrets that peers name are there',
  (objects, _router, { unread }) => {
    const wanted = secretsOf(objects)
    if (wanted.length === 0) return [ok('no CiliumBGPPeerConfig has an authSecretRef')]
    const present = [...objects.list('Secret')]
    return wanted.map(({ namespace, name }) => {
      const place = `${namespace}/${name}`
      const why = unread?.get(`Secret ${place}`) ?? unread?.get('Secret')
      if (why !== undefined)
        return skipped(
          `Secret ${place} cannot be looked for: ${why} (it takes the right to get it; its content is not read)`,
        )
      return present.some(
        ({ metadata }) => metadata.name === name && (metadata.namespace ?? namespace) === namespace,
      )
        ? ok(`Secret ${place} is there (whether it has the key "password" is not looked at)`)
        : error(
            `there is no Secret ${place}: Cilium then connects without a password`,
            'Make it with the key "password"; bgpControlPlane.secretsNamespace.name says in which namespace.',
          )
    })
  },
)

/** The init container by which Cilium's own file in /etc/sysctl.d outlives other programs. */
const SYSCTL_FIX = 'apply-sysctl-overwrites'

export const sysctlFix = clusterCheck(
  'sysctl-fix',
  'rp_filter stays off when sysctls are applied again',
  (_objects, _router, { initContainers }) => {
    if (initContainers === undefined) return [skipped('the DaemonSet cilium cannot be looked at')]
    return initContainers.includes(SYSCTL_FIX)
      ? [ok(`the agents' init container ${SYSCTL_FIX} writes Cilium's sysctls on every node`)]
      : [
          warning(
            'Cilium writes no sysctl file: whoever restarts systemd-sysctl or tuned turns rp_filter on again (incident I-3)',
            'helm upgrade … --set sysctlfix.enabled=true',
          ),
        ]
  },
)
