// From a node's label to a route: every link that must hold before anything is announced, and the first that is broken.
import { plural } from '../../core/errors/plural.ts'
import type { Field } from '../../core/expected/field.ts'
import { rootField } from '../../core/expected/field.ts'
import { readSelector } from '../../core/expected/selector.ts'
import { readSettings, type Objects } from '../../core/expected/settings.ts'
import { clusterCheck, error, ok, skipped, warning, type Outcome } from './contract.ts'

const ignore = (): void => undefined

export function rootsOf(objects: Objects, kind: string): readonly Field[] {
  return [...objects.list(kind)].map((object) => rootField(object, ignore))
}

export const nameOf = (field: Field): string => field.at('metadata', 'name').text() ?? ''

/** Every peer that a CiliumBGPClusterConfig has, with the config it is in. */
export function clusterPeers(objects: Objects): readonly { readonly config: Field; readonly peer: Field }[] {
  return rootsOf(objects, 'CiliumBGPClusterConfig').flatMap((config) =>
    config
      .at('spec', 'bgpInstances')
      .items()
      .flatMap((instance) => instance.at('peers').items())
      .map((peer) => ({ config, peer })),
  )
}

export const selectorChain = clusterCheck(
  'selector-chain',
  'labels lead from every node to a route',
  (objects) => {
    if (readSettings(objects, ignore).announcePodCidrs)
      return [ok('MetalLB mode: every node announces its pod CIDR to every peer')]
    const configs = rootsOf(objects, 'CiliumBGPClusterConfig')
    if (configs.length === 0)
      return [
        error(
          'there is no CiliumBGPClusterConfig: no node will open a session',
          'routewitness render cilium | kubectl apply -f -',
        ),
      ]
    const outcomes = configs.flatMap((config) => chain(objects, config))
    const unselected = nodesWithout(objects, configs)
    if (unselected.length > 0)
      outcomes.push(
        warning(
          `no CiliumBGPClusterConfig selects ${unselected.slice(0, 5).join(', ')}${unselected.length > 5 ? ` and ${unselected.length - 5} more` : ''}`,
          'Label the nodes as spec.nodeSelector asks, or leave it out to select all.',
        ),
      )
    return outcomes
  },
)

function chain(objects: Objects, config: Field): Outcome[] {
  const name = `CiliumBGPClusterConfig ${nameOf(config)}`
  const nodes = rootsOf(objects, 'Node').filter((node) => selects(config, node))
  if (nodes.length === 0)
    return [error(`${name} selects no node`, 'Label the nodes as its spec.nodeSelector asks.')]
  const instances = config.at('spec', 'bgpInstances').items()
  const peers = instances.flatMap((instance) => instance.at('peers').items())
  if (peers.length === 0)
    return [error(`${name} has no peer`, 'Give it a peer with our address and AS number.')]
  return peers.map((peer) =>
    link(objects, `${name}, peer ${peer.at('name').text() ?? ''}`, peer, nodes.length),
  )
}

function link(objects: Objects, where: string, peer: Field, nodes: number): Outcome {
  const reference = peer.at('peerConfigRef', 'name').text()
  if (reference === undefined)
    return error(
      `${where}: no peerConfigRef, so nothing is announced`,
      'Name a CiliumBGPPeerConfig in peerConfigRef.',
    )
  const config = rootsOf(objects, 'CiliumBGPPeerConfig').find((one) => nameOf(one) === reference)
  if (config === undefined)
    return error(
      `${where}: there is no CiliumBGPPeerConfig ${reference}`,
      'Make it, or correct peerConfigRef.',
    )
  const families = config.at('spec', 'families').items()
  if (families.length === 0)
    return error(
      `${where}: CiliumBGPPeerConfig ${reference} has no families, so nothing is announced`,
      'Give it families with a selector of advertisements.',
    )
  const advertisements = rootsOf(objects, 'CiliumBGPAdvertisement')
  const announced = new Set<string>()
  for (const family of families) {
    const picks = readSelector(family.at('advertisements'))
    for (const advertisement of advertisements)
      if (picks(advertisement.at('metadata', 'labels').texts()))
        for (const entry of advertisement.at('spec', 'advertisements').items())
          announced.add(`${family.at('afi').text()} ${entry.at('advertisementType').text()}`)
  }
  if (announced.size === 0)
    return error(
      `${where}: no CiliumBGPAdvertisement has the labels that ${reference} asks for, so nothing is announced`,
      'Label a CiliumBGPAdvertisement as spec.families[].advertisements asks: the most common cause of an empty table.',
    )
  return ok(`${where}: ${plural(nodes, 'node')} → ${reference} → ${[...announced].sort().join(', ')}`)
}

function selects(config: Field, node: Field): boolean {
  const selector = config.at('spec', 'nodeSelector')
  // Here, unlike elsewhere, an absent selector selects everything.
  return selector.absent || readSelector(selector)(node.at('metadata', 'labels').texts())
}

function nodesWithout(objects: Objects, configs: readonly Field[]): readonly string[] {
  return rootsOf(objects, 'Node')
    .filter((node) => !configs.some((config) => selects(config, node)))
    .map(nameOf)
    .sort()
}

const CONDITIONS: Readonly<Record<string, string>> = {
  NoMatchingNode: 'Label a node as spec.nodeSelector asks.',
  MissingPeerConfigs: 'Make the CiliumBGPPeerConfig that the message names.',
  ConflictingClusterConfig: 'Let only one CiliumBGPClusterConfig select each node.',
  MissingAuthSecret:
    'Make the Secret with the key "password" in the namespace of bgpControlPlane.secretsNamespace.',
}

export const conditions = clusterCheck(
  'conditions',
  'Cilium reports no problem with its BGP resources',
  (objects) => {
    const outcomes: Outcome[] = []
    let seen = 0
    for (const kind of ['CiliumBGPClusterConfig', 'CiliumBGPPeerConfig'])
      for (const object of rootsOf(objects, kind))
        for (const condition of object.at('status', 'conditions').items()) {
          seen += 1
          const type = (condition.at('type').text() ?? '').replace(/^cilium\.io\//, '')
          if (condition.at('status').text() !== 'True' || CONDITIONS[type] === undefined) continue
          outcomes.push(
            error(
              `${kind} ${nameOf(object)}: ${type}: ${condition.at('message').text() ?? ''}`,
              CONDITIONS[type],
            ),
          )
        }
    if (outcomes.length > 0) return outcomes
    return [
      seen === 0
        ? skipped('no conditions are reported (bgpControlPlane.statusReport.enabled, or objects from files)')
        : ok(`${seen} conditions, none of them true`),
    ]
  },
)
