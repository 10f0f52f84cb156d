// What the cluster's peer configuration means for a session with us.
import { plural } from '../../core/errors/plural.ts'
import type { Field } from '../../core/expected/field.ts'
import type { Objects } from '../../core/expected/settings.ts'
import { clusterPeers, nameOf, rootsOf } from './chain-checks.ts'
import { clusterCheck, error, ok, skipped, warning, type Outcome, type RouterFacts } from './contract.ts'

const BGP_PORT = 179
/** Cilium's defaults: CiliumBGPPeerConfig.spec. */
const HOLD = 90
const RETRY = 120
const RESTART = 120

export const routerAddress = clusterCheck(
  'router-address',
  'the nodes dial our address, port and AS number',
  (objects, router) => {
    const peers = clusterPeers(objects)
    if (peers.length === 0) return [skipped('no CiliumBGPClusterConfig has a peer')]
    if (router.address === undefined) return [skipped('give --router ADDRESS: where the nodes reach us')]
    const ours = peers.filter(({ peer }) => peer.at('peerAddress').address() === router.address)
    if (ours.length === 0) {
      const others = [
        ...new Set(peers.map(({ peer }) => peer.at('peerAddress').text() ?? 'one that is discovered')),
      ]
      return [
        error(
          `no peer has the address ${router.address}; there is ${others.join(', ')}`,
          'Set peerAddress to our address as the nodes see it.',
        ),
      ]
    }
    return ours.flatMap(({ config, peer }) =>
      oneOfOurs(
        objects,
        `CiliumBGPClusterConfig ${nameOf(config)}, peer ${peer.at('name').text() ?? ''}`,
        peer,
        router,
      ),
    )
  },
)

function oneOfOurs(objects: Objects, where: string, peer: Field, router: RouterFacts): readonly Outcome[] {
  const outcomes: Outcome[] = []
  const asn = peer.at('peerASN').integer()
  if (router.asn !== undefined && asn !== undefined && asn !== 0 && asn !== router.asn)
    outcomes.push(
      error(
        `${where}: peerASN is ${asn}, ours is ${router.asn}: the OPEN will be refused (2/2)`,
        `Set peerASN to ${router.asn}, or start us with --asn ${asn}.`,
      ),
    )
  const reference = peer.at('peerConfigRef', 'name').text()
  const config = rootsOf(objects, 'CiliumBGPPeerConfig').find((one) => nameOf(one) === reference)
  const port = config?.at('spec', 'transport', 'peerPort').integer() ?? BGP_PORT
  const ports = router.listen.map((address) => Number(address.slice(address.lastIndexOf(':') + 1)))
  if (!ports.includes(port))
    outcomes.push(
      error(
        `${where}: the nodes dial port ${port}, and we listen on ${ports.join(', ')}`,
        `Set spec.transport.peerPort of CiliumBGPPeerConfig ${reference ?? ''} to ${ports[0]}, or start us with --listen …:${port}.`,
      ),
    )
  return outcomes.length > 0
    ? outcomes
    : [ok(`${where}: ${router.address}:${port}${asn === undefined ? '' : `, AS ${asn}`}`)]
}

/** One line for every peer config. */
const eachPeerConfig = (
  objects: Objects,
  look: (label: string, spec: Field, name: string) => readonly Outcome[],
): readonly Outcome[] => {
  const configs = rootsOf(objects, 'CiliumBGPPeerConfig')
  if (configs.length === 0) return [skipped('there is no CiliumBGPPeerConfig')]
  return configs.flatMap((config) =>
    look(`CiliumBGPPeerConfig ${nameOf(config)}`, config.at('spec'), nameOf(config)),
  )
}

export const timers = clusterCheck('timers', 'timers fit each other', (objects) =>
  eachPeerConfig(objects, (name, spec) => {
    const hold = spec.at('timers', 'holdTimeSeconds').integer() ?? HOLD
    const keepalive = spec.at('timers', 'keepAliveTimeSeconds').integer() ?? Math.floor(HOLD / 3)
    const retry = spec.at('timers', 'connectRetryTimeSeconds').integer() ?? RETRY
    const outcomes: Outcome[] = []
    if (hold !== 0 && hold < 3)
      outcomes.push(
        error(
          `${name}: a hold time of ${hold} s is not allowed (RFC 4271 §4.2)`,
          'Set holdTimeSeconds to 3 or more.',
        ),
      )
    if (hold !== 0 && keepalive * 3 > hold)
      outcomes.push(
        warning(
          `${name}: keepalive ${keepalive} s is more than a third of hold ${hold} s: one lost KEEPALIVE too many ends the session`,
          `Set keepAliveTimeSeconds to ${Math.max(1, Math.floor(hold / 3))}.`,
        ),
      )
    if (retry > 30)
      outcomes.push(
        warning(
          `${name}: a node that is refused comes again after up to ${retry} s`,
          'For a lab set connectRetryTimeSeconds to 1.',
        ),
      )
    return outcomes.length > 0
      ? outcomes
      : [ok(`${name}: hold ${hold} s, keepalive ${keepalive} s, retry ${retry} s`)]
  }),
)

export const gracefulRestart = clusterCheck(
  'graceful-restart',
  'routes stay while an agent restarts',
  (objects) =>
    eachPeerConfig(objects, (name, spec) => {
      const restart = spec.at('gracefulRestart')
      if (restart.at('enabled').value !== true)
        return [
          warning(
            `${name}: graceful restart is off: every restart of an agent withdraws its routes`,
            'Set gracefulRestart.enabled, unless this peer is a witness: those never ask for it.',
          ),
        ]
      const time = restart.at('restartTimeSeconds').integer() ?? RESTART
      const hold = spec.at('timers', 'holdTimeSeconds').integer() ?? HOLD
      if (time < 30)
        return [
          warning(
            `${name}: an agent has ${time} s to be back; pulling an image may take longer`,
            'Pull images before an upgrade, or raise restartTimeSeconds.',
          ),
        ]
      return [
        ok(
          `${name}: ${time} s; a node that dies silently is noticed after ${hold} s, and its routes go ${time} s later`,
        ),
      ]
    }),
)

export const authentication = clusterCheck(
  'md5',
  'no peer signs with a password that we may lack',
  (objects, router) => {
    const ours = new Set(
      clusterPeers(objects)
        .filter(
          ({ peer }) => router.address !== undefined && peer.at('peerAddress').address() === router.address,
        )
        .map(({ peer }) => peer.at('peerConfigRef', 'name').text()),
    )
    return eachPeerConfig(objects, (name, spec, own) => {
      const secret = spec.at('authSecretRef').text()
      if (secret === undefined) return [ok(`${name}: no authSecretRef`)]
      // Without an address nobody knows which of them is for us.
      if (ours.size > 0 && !ours.has(own))
        return [ok(`${name}: authSecretRef ${secret}, for other peers than us`)]
      return [
        warning(
          `${name}: authSecretRef ${secret}: the nodes sign with the key of that Secret, and the kernel drops what is signed with another`,
          'Give that key as password or passwordFile of our peers, or leave authSecretRef out for the peer that we are.',
        ),
      ]
    })
  },
)

export const multihop = clusterCheck('ttl', 'packets of the nodes reach us', (objects, router) => {
  if (router.address === undefined) return [skipped('give --router ADDRESS: where the nodes reach us')]
  return eachPeerConfig(objects, (name, spec) => {
    const ttl = spec.at('ebgpMultihop').integer() ?? 1
    return ttl > 1
      ? [ok(`${name}: ebgpMultihop ${ttl}`)]
      : [
          warning(
            `${name}: packets have TTL 1, so every router on the way drops them`,
            'Be on the nodes’ own network, or set ebgpMultihop.',
          ),
        ]
  })
})

/** A quad as a number, for comparing networks. */
const inDockerRange = (address: string): boolean => /^172\.(1[6-9]|2\d|3[01])\./.test(address)

export const routerIds = clusterCheck(
  'router-id',
  'every node has a BGP identifier of its own',
  (objects) => {
    const seen = new Map<string, string>()
    const outcomes: Outcome[] = []
    for (const node of rootsOf(objects, 'CiliumNode')) {
      const name = nameOf(node)
      const addresses = node.at('spec', 'addresses').items()
      const internal = addresses
        .filter((entry) => entry.at('type').text() === 'InternalIP')
        .map((entry) => entry.at('ip').address())
        .find((address) => address?.includes('.') === true)
      const configured = rootsOf(objects, 'CiliumBGPNodeConfig')
        .filter((config) => nameOf(config) === name)
        .flatMap((config) => config.at('spec', 'bgpInstances').items())
        .map((instance) => instance.at('routerID').address())
        .find((id) => id !== undefined)
      const id = configured ?? internal
      if (id === undefined) {
        outcomes.push(
          warning(
            `${name} has no IPv4 address: its identifier comes from a MAC address, or the session does not come up`,
            'Set routerID in a CiliumBGPNodeConfigOverride, or bgpControlPlane.routerIDAllocation.mode=ip-pool.',
          ),
        )
        continue
      }
      if (/^(0|127|169\.254|22[4-9]|2[3-5]\d)\./.test(id))
        outcomes.push(
          error(
            `${name}: ${id} is no BGP identifier that peers accept`,
            'Set routerID in a CiliumBGPNodeConfigOverride.',
          ),
        )
      else if (
        configured !== undefined &&
        inDockerRange(id) &&
        internal !== undefined &&
        !inDockerRange(internal)
      )
        outcomes.push(
          error(
            `${name}: ${id} looks like the address of a docker bridge`,
            'Set routerID to an address of the node.',
          ),
        )
      const other = seen.get(id)
      if (other !== undefined)
        outcomes.push(
          error(`${name} and ${other} have the same identifier ${id}`, 'Give each a routerID of its own.'),
        )
      seen.set(id, name)
    }
    if (outcomes.length > 0) return outcomes
    return [
      seen.size === 0
        ? skipped('there is no CiliumNode')
        : ok(`${plural(seen.size, 'node')}, ${plural(seen.size, 'identifier')}`),
    ]
  },
)
