// What drills do to a cluster, done to a kind lab: kubectl, Helm and Docker behind the lab's runner.
import { parseAllDocuments } from 'yaml'
import { UserError } from '../../core/errors/user-error.ts'
import type {
  Ability,
  BgpKind,
  Cluster,
  ClusterNode,
  DrillParameters,
  RolloutOptions,
  StopSignal,
} from '../../drill/contract.ts'
import { valuesFlags } from './cilium-steps.ts'
import { act, docker, helm, kubectl, nodesOf, remember, type LabContext } from './context.ts'
import { chartFile, chartHere, imagesHere, imagesInNodes } from './image-steps.ts'
import type { Command } from './runner.ts'
import { must, type Step } from './step.ts'
import { bgpResources, ciliumValues } from './values.ts'
import { minorOf } from './versions.ts'

const SYSTEM = ['--namespace', 'kube-system']
const READY = '--timeout=10m'
/** Label of a node that BGP is to leave alone. */
const PEERING = 'routewitness-peering'
const SELECTOR = { matchExpressions: [{ key: PEERING, operator: 'NotIn', values: ['off'] }] }

/** Drills that have a kind form. */
export const KIND_DRILLS: ReadonlySet<string> = new Set(['S01', 'S02', 'S03', 'S04', 'S07', 'S10'])

export class KindCluster implements Cluster {
  readonly #context: LabContext
  readonly restartsItself = true
  readonly peerConfig: string
  readonly clusterConfig: string
  readonly cannot: Readonly<Partial<Record<Ability, string>>> = {
    cut: 'a kind lab cannot drop the packets of one node',
    load: 'a kind lab has no load of its own',
    'second-router': 'a kind lab has one router',
  }

  constructor(context: LabContext) {
    this.#context = context
    this.peerConfig = context.plan.name
    this.clusterConfig = context.plan.name
  }

  get label(): string {
    return `kind lab ${this.#context.plan.name}`
  }

  #kubectl(...args: string[]): Promise<unknown> {
    return act(this.#context, kubectl(this.#context, ...args))
  }

  async #ask(command: Command): Promise<string> {
    return must(command, await this.#context.runner.ask(command)).stdout
  }

  /** Before a drill: graceful restart and hold time as it wants them, and a selector that a label can leave. */
  async prepare({ restartTime, holdTime }: DrillParameters): Promise<void> {
    const hold = holdTime / 1e6
    await this.patchBgp('ciliumbgppeerconfig', this.peerConfig, {
      timers: { holdTimeSeconds: hold, keepAliveTimeSeconds: Math.max(1, Math.floor(hold / 3)) },
      gracefulRestart:
        restartTime === undefined ? null : { enabled: true, restartTimeSeconds: restartTime / 1e6 },
    })
    await this.patchBgp('ciliumbgpclusterconfig', this.clusterConfig, { nodeSelector: SELECTOR })
  }

  /** After it: the BGP resources of the lab as they were. */
  end(): Promise<unknown> {
    return this.#kubectl('replace', '-f', this.#context.files.resources)
  }

  async nodes(): Promise<readonly ClusterNode[]> {
    const { runner, plan } = this.#context
    if (runner.dry) return nodesOf(plan).map((name) => ({ name, version: plan.cilium }))
    const image = await this.#ask(
      kubectl(
        this.#context,
        ...SYSTEM,
        ...['get', 'daemonset', 'cilium', '-o', 'jsonpath={.spec.template.spec.containers[0].image}'],
      ),
    )
    const version = /:v?(\d+\.\d+\.\d+)/.exec(image)?.[1]
    if (version === undefined)
      throw new UserError('RW_LAB', `cannot tell the release of Cilium from its image ${image}`)
    const names = await this.#ask(kubectl(this.#context, 'get', 'nodes', '-o', 'name'))
    return names
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ name: line.replace(/^node\//, ''), version }))
  }

  async stopAgent(node: string, signal: StopSignal): Promise<void> {
    const force = signal === 'SIGKILL' ? ['--grace-period=0', '--force'] : []
    const pod = ['--selector', 'k8s-app=cilium', '--field-selector', `spec.nodeName=${node}`]
    await this.#kubectl(...SYSTEM, 'delete', 'pod', ...pod, ...force)
  }

  async startAgent(_node: string, version?: string): Promise<void> {
    if (version !== undefined)
      throw new UserError('RW_LAB', 'in a kind lab the release of one agent alone cannot be changed')
    await this.#rolledOut()
  }

  async #rolledOut(): Promise<void> {
    await this.#kubectl(...SYSTEM, 'rollout', 'status', 'daemonset/cilium', READY)
  }

  async uninstall(): Promise<void> {
    const { files } = this.#context
    await this.#kubectl('delete', '--ignore-not-found', '-f', files.resources)
    await act(this.#context, helm(this.#context, 'uninstall', 'cilium', ...SYSTEM, '--wait'))
  }

  async install(): Promise<void> {
    const chart = chartFile(this.#context)
    const release = ['upgrade', '--install', 'cilium', chart]
    await act(this.#context, helm(this.#context, ...release, ...valuesFlags(this.#context)))
    await this.#rolledOut()
  }

  async configureBgp(): Promise<void> {
    // With the selector from the start: a node that is left out must not peer for an instant.
    const objects = parseAllDocuments(bgpResources(this.#context.plan)).map(
      (document) => document.toJS() as { kind: string; spec: object },
    )
    const selecting = objects.map((object) =>
      object.kind === 'CiliumBGPClusterConfig'
        ? { ...object, spec: { ...object.spec, nodeSelector: SELECTOR } }
        : object,
    )
    const list = { apiVersion: 'v1', kind: 'List', items: selecting }
    await act(this.#context, {
      ...kubectl(this.#context, 'apply', '-f', '-'),
      stdin: `${JSON.stringify(list, undefined, 2)}\n`,
    })
  }

  async rollout(_options: RolloutOptions): Promise<void> {
    await this.#kubectl(...SYSTEM, 'rollout', 'restart', 'daemonset/cilium')
    await this.#rolledOut()
  }

  async preflight(version: string): Promise<void> {
    const context = this.#at(version)
    for (const step of [...imagesHere(context), imagesInNodes(context), chartHere(context)])
      await finish(step)
  }

  #at(version: string): LabContext {
    return { ...this.#context, plan: { ...this.#context.plan, cilium: version } }
  }

  async upgrade(version: string, _options: RolloutOptions): Promise<void> {
    const [first] = await this.nodes()
    const context = this.#at(version)
    await context.runner.write(context.files.values, ciliumValues(context.plan))
    await act(
      context,
      helm(
        context,
        ...['upgrade', 'cilium', chartFile(context), ...valuesFlags(context)],
        ...['--set-string', `upgradeCompatibility=${minorOf(first?.version ?? context.plan.cilium)}`],
      ),
    )
    await this.#rolledOut()
    // The lab stays there after the drill: `lab up` and `lab upgrade` go on from what it remembers.
    await remember(this.#context, { plan: context.plan })
  }

  addNode(): Promise<void> {
    return Promise.reject(new UserError('RW_LAB', 'kind cannot add a node to a cluster'))
  }

  async removeNode(name: string): Promise<void> {
    await this.#kubectl('delete', 'node', name)
  }

  async drain(node: string): Promise<void> {
    const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=2m']
    await this.#kubectl('drain', node, ...flags)
  }

  async uncordon(node: string): Promise<void> {
    await this.#kubectl('uncordon', node)
  }

  async select(node: string, selected: boolean): Promise<void> {
    await this.#kubectl('label', 'node', node, '--overwrite', selected ? `${PEERING}-` : `${PEERING}=off`)
  }

  async power(node: string, state: 'off' | 'on'): Promise<void> {
    await act(this.#context, docker(state === 'off' ? 'kill' : 'start', node))
  }

  async stopOperator(): Promise<void> {
    await this.#scaleOperator(0)
  }

  async startOperator(): Promise<void> {
    await this.#scaleOperator(1)
  }

  async #scaleOperator(replicas: number): Promise<void> {
    await this.#kubectl(...SYSTEM, 'scale', 'deployment/cilium-operator', `--replicas=${replicas}`)
    await this.#kubectl(...SYSTEM, 'rollout', 'status', 'deployment/cilium-operator', READY)
  }

  async freeze(node: string, frozen: boolean): Promise<void> {
    await act(this.#context, docker(frozen ? 'pause' : 'unpause', node))
  }

  cut(): Promise<number> {
    return Promise.reject(new UserError('RW_LAB', this.cannot.cut ?? ''))
  }

  load(): Promise<number> {
    return Promise.reject(new UserError('RW_LAB', this.cannot.load ?? ''))
  }

  async bgpSpec(kind: BgpKind, name: string): Promise<Record<string, unknown>> {
    const text = await this.#ask(kubectl(this.#context, 'get', kind, name, '-o', 'json'))
    return (JSON.parse(text) as { spec: Record<string, unknown> }).spec
  }

  async patchBgp(kind: BgpKind, name: string, spec: object): Promise<void> {
    await this.#kubectl('patch', kind, name, '--type', 'merge', '--patch', JSON.stringify({ spec }))
  }

  /** Every node is a network namespace of its own, and nobody else listens in it above 30000. */
  freePort(): Promise<number> {
    return Promise.resolve(31_790)
  }

  addPeer(): Promise<{ readonly listen: string; readonly asn: number }> {
    return Promise.reject(new UserError('RW_LAB', this.cannot['second-router'] ?? ''))
  }

  removePeer(): Promise<void> {
    return Promise.resolve()
  }

  async addService(name: string): Promise<void> {
    await this.#kubectl('create', 'service', 'loadbalancer', name, '--tcp=80')
  }

  async removeService(name: string): Promise<void> {
    await this.#kubectl('delete', 'service', name, '--ignore-not-found')
  }
}

async function finish(step: Step): Promise<void> {
  if (!(await step.done())) await step.do()
}
