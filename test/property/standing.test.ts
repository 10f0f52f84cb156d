// A verdict that keeps what it found is the verdict from scratch, whatever the stream was.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IPV4_UNICAST } from '../../src/core/wire/message.ts'
import {
  advertisement,
  cilium,
  ciliumConfig,
  ciliumNode,
  node,
  nodeConfig,
  peerConfig,
} from '../support/cluster-objects.ts'
import { service, servicesRead, slice } from '../support/services.ts'
import { ObservedCluster, type ObservedSpeaker } from '../support/observed-cluster.ts'

const NODES = ['a', 'b', 'c', 'd'] as const
const PREFIXES = [
  '10.1.0.0/24',
  '10.1.1.0/24',
  '10.1.2.0/24',
  '10.1.0.0/16',
  '10.2.0.0/24',
  '192.0.2.0/25',
  '192.0.2.10/32',
  '192.0.2.11/32',
] as const

const name = fc.constantFrom(...NODES)
const SERVICES = ['web', 'api'] as const
const VIPS = ['192.0.2.10', '192.0.2.11'] as const

const prefix = fc.constantFrom(...PREFIXES)
const prefixes = fc.uniqueArray(prefix, { maxLength: 3 })
const some = fc.nat({ max: 7 })

type Step =
  | {
      readonly do: 'connect'
      readonly who: number
      readonly address: number
      readonly asn: number
      readonly restarts: boolean
    }
  | { readonly do: 'announce' | 'withdraw'; readonly who: number; readonly prefixes: readonly string[] }
  | { readonly do: 'end-of-rib'; readonly who: number }
  | { readonly do: 'close'; readonly who: number; readonly how: 'fin' | 'rst' }
  | { readonly do: 'return'; readonly who: number }
  | {
      readonly do: 'cilium-node' | 'node'
      readonly node: string
      readonly prefixes: readonly string[]
      readonly address: number
    }
  | { readonly do: 'configure'; readonly node: string; readonly peerAddress: string; readonly peers: number }
  | { readonly do: 'delete'; readonly kind: string; readonly node: string }
  | { readonly do: 'settings'; readonly ipam: string; readonly version: string }
  | { readonly do: 'advertise'; readonly type: string }
  | { readonly do: 'resource'; readonly resource: string; readonly state: 'synced' | 'forbidden' }
  | {
      readonly do: 'service'
      readonly name: string
      readonly vips: readonly string[]
      readonly policy: string
    }
  | {
      readonly do: 'slice'
      readonly name: string
      readonly of: string
      readonly endpoints: readonly string[]
    }
  | { readonly do: 'delete-service'; readonly kind: string; readonly name: string }
  | { readonly do: 'pass'; readonly time: string }
  | { readonly do: 'prepare'; readonly nodes: number }
  | { readonly do: 'verdict' }

/** What Services and their endpoints do. */
const ofServices = [
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('service' as const),
      name: fc.constantFrom(...SERVICES),
      vips: fc.uniqueArray(fc.constantFrom(...VIPS), { minLength: 1 }),
      policy: fc.constantFrom('Local', 'Local', 'Cluster'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('slice' as const),
      name: fc.constantFrom('first', 'second'),
      of: fc.constantFrom(...SERVICES),
      endpoints: fc.array(fc.constantFrom('a', 'b', 'c', 'a?', 'b-', 'c!', ''), { maxLength: 4 }),
    }),
  },
  fc.record({
    do: fc.constant('delete-service' as const),
    kind: fc.constantFrom('Service', 'EndpointSlice'),
    name: fc.constantFrom(...SERVICES, 'first', 'second'),
  }),
  fc.record({
    do: fc.constant('resource' as const),
    resource: fc.constantFrom(
      'ciliumbgpadvertisements.cilium.io',
      'services',
      'endpointslices.discovery.k8s.io',
    ),
    state: fc.constantFrom('synced' as const, 'forbidden' as const),
  }),
] satisfies (fc.Arbitrary<Step> | fc.WeightedArbitrary<Step>)[]

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('connect' as const),
      who: some,
      address: fc.nat({ max: 3 }),
      asn: fc.constantFrom(64512, 64512, 64513),
      restarts: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('announce' as const, 'announce' as const, 'withdraw' as const),
      who: some,
      prefixes,
    }),
  },
  fc.record({ do: fc.constant('end-of-rib' as const), who: some }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      who: some,
      how: fc.constantFrom('fin' as const, 'rst' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('return' as const), who: some }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('cilium-node' as const, 'node' as const),
      node: name,
      prefixes,
      address: fc.nat({ max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('configure' as const),
      node: name,
      peerAddress: fc.constantFrom('127.0.0.1', '127.0.0.2'),
      peers: fc.nat({ max: 2 }),
    }),
  },
  fc.record({
    do: fc.constant('delete' as const),
    kind: fc.constantFrom('Node', 'CiliumNode', 'CiliumBGPNodeConfig'),
    node: name,
  }),
  fc.record({
    do: fc.constant('settings' as const),
    ipam: fc.constantFrom('cluster-pool', 'kubernetes', 'multi-pool'),
    version: fc.constantFrom('v1.11.20', 'v1.20.2'),
  }),
  fc.record({
    do: fc.constant('advertise' as const),
    type: fc.constantFrom('PodCIDR', 'Service', 'CiliumPodIPPool'),
  }),
  ...ofServices,
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      time: fc.constantFrom('1s', '7s', '20s', '130s'),
    }),
  },
  fc.record({ do: fc.constant('prepare' as const), nodes: fc.nat({ max: 3 }) }),
  { weight: 4, arbitrary: fc.constant({ do: 'verdict' as const }) },
)

/** Nodes announce addresses of Services, and whether they have endpoints changes all the time. */
const serviceSteps: fc.Arbitrary<Step> = fc.oneof(
  ...ofServices,
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('announce' as const, 'announce' as const, 'withdraw' as const),
      who: fc.nat({ max: 2 }),
      prefixes: fc.constant([`${VIPS[0]}/32`, `${VIPS[1]}/32`]),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), time: fc.constantFrom('1s', '20s') }),
  },
  { weight: 6, arbitrary: fc.constant({ do: 'verdict' as const }) },
)

/** Three nodes with a session each. */
const PEERING: readonly Step[] = ['a', 'b', 'c'].flatMap((node, who): Step[] => [
  { do: 'cilium-node', node, prefixes: [], address: who },
  { do: 'configure', node, peerAddress: '127.0.0.1', peers: 1 },
  { do: 'connect', who, address: who, asn: 64512, restarts: false },
])

class Story {
  readonly cluster = new ObservedCluster({ listener: '0.0.0.0:1790', range: { asn: 64512 } })
  readonly #speakers: { readonly speaker: ObservedSpeaker; up: boolean }[] = []

  constructor() {
    this.cluster.set(
      ciliumConfig({ ipam: 'cluster-pool' }),
      cilium('quay.io/cilium/cilium:v1.20.2'),
      peerConfig(),
      advertisement('pod-cidr', ['PodCIDR']),
      advertisement('vip', [
        { advertisementType: 'Service', service: { addresses: ['LoadBalancerIP'] }, selector: {} },
      ]),
    )
    servicesRead(this.cluster)
  }

  take(step: Step): void {
    const { cluster } = this
    switch (step.do) {
      case 'connect':
        this.#speakers.push({
          speaker: cluster.speaker({
            identifier: `10.0.0.${1 + (step.who % 5)}`,
            asn: step.asn,
            from: `10.0.0.${1 + step.address}`,
            ...(step.restarts ? { gracefulRestart: { families: [IPV4_UNICAST] } } : {}),
          }),
          up: true,
        })
        return
      case 'announce':
      case 'withdraw':
        if (step.prefixes.length === 0) return
        return this.#with(step.who, true, (speaker) =>
          step.do === 'announce' ? speaker.announces(...step.prefixes) : speaker.withdraws(...step.prefixes),
        )
      case 'end-of-rib':
        return this.#with(step.who, true, (speaker) => speaker.endsRib())
      case 'close':
        return this.#with(step.who, true, (speaker) => speaker.closes(step.how), false)
      case 'return':
        return this.#with(step.who, false, (speaker) => speaker.comes(), true)
      case 'cilium-node':
        return void cluster.set(ciliumNode(step.node, step.prefixes, `10.0.0.${1 + step.address}`))
      case 'node':
        return void cluster.set(node(step.node, step.prefixes, `10.0.0.${1 + step.address}`))
      case 'configure': {
        const peers = [{ peerAddress: step.peerAddress }, { name: 'other', peerAddress: '192.0.2.1' }]
        return void cluster.set(nodeConfig(step.node, { peers: peers.slice(0, step.peers) }))
      }
      case 'delete':
        return void cluster.deletes(step.kind, step.node)
      case 'settings':
        return void cluster.set(
          ciliumConfig({ ipam: step.ipam }),
          cilium(`quay.io/cilium/cilium:${step.version}`),
        )
      case 'advertise':
        return void cluster.set(advertisement('pod-cidr', [step.type]))
      case 'resource':
        return void cluster.event({ type: 'resource', resource: step.resource, state: step.state })
      case 'service': {
        const { name, vips, policy } = step
        return void cluster.set(service(name, { vips, spec: { externalTrafficPolicy: policy } }))
      }
      case 'slice':
        return void cluster.set(slice(step.of, step.endpoints, { name: step.name }))
      case 'delete-service': {
        const metadata = { name: step.name, namespace: 'default' }
        const object = { apiVersion: 'v1', kind: step.kind, metadata }
        return void cluster.event({ type: 'object', action: 'deleted', object })
      }
      case 'pass':
        return void cluster.passes(step.time)
      case 'prepare':
        return void cluster.observer.prepareVerdict(step.nodes)
      case 'verdict':
        return this.compare()
    }
  }

  compare(): void {
    const { observer } = this.cluster
    const verdict = observer.verdict()
    expect(verdict).toEqual(observer.checker.verdictFromScratch(observer.world))
  }

  #with(who: number, up: boolean, act: (speaker: ObservedSpeaker) => void, after = up): void {
    const able = this.#speakers.filter((one) => one.up === up)
    const one = able[who % Math.max(1, able.length)]
    if (one === undefined) return
    act(one.speaker)
    one.up = after
  }
}

test.each([
  ['', steps, []],
  ['about Services ', serviceSteps, PEERING],
])('what a verdict %skeeps from the one before changes nothing about it', (_of, ofStory, before) => {
  fc.assert(
    fc.property(fc.array(ofStory, { minLength: 5, maxLength: 80, size: 'max' }), (story) => {
      const told = new Story()
      for (const step of [...before, ...story]) told.take(step)
      told.compare()
      // Who reads the same stream later, from scratch, finds the same.
      expect(told.cluster.reread().verdict()).toEqual(told.cluster.verdict())
      // And who has a checkpoint alone.
      const checkpoint = JSON.parse(JSON.stringify(told.cluster.observer.checkpoint())) as never
      const last = told.cluster.events.length
      told.cluster.event({ type: 'mark', name: 'later' })
      expect(told.cluster.reread(last, checkpoint).verdict()).toEqual(told.cluster.verdict())
    }),
    { numRuns: 400 },
  )
})
