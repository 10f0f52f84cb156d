// `lab up` with real Docker and stand-ins for what cannot be had everywhere: nodes are BIRDs in network namespaces on the
// lab's network, the cluster is an API server of ours. Network, image, compose and the router's container are real.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import type { ClusterObject } from '../../src/core/stream/events.ts'
import { startApiServer, type ApiServer } from '../../src/demo/api-server.ts'
import { RealRunner } from '../../src/lab/kind/real-runner.ts'
import { commandLine, type Command, type Finished, type Runner } from '../../src/lab/kind/runner.ts'
import { cilium, ciliumConfig, ciliumNode, node, nodeConfig } from './cluster-objects.ts'
import { Daemon } from './daemon.ts'

const run = promisify(execFile)
const ip = (...args: string[]): Promise<unknown> => run('ip', args)

/** A node of the lab: its addresses on the network, and the pod CIDRs that are its own. */
export interface StandInNode {
  readonly name: string
  readonly addresses: readonly [ipv4: string, ipv6: string]
  readonly podCidrs: readonly [ipv4: string, ipv6: string]
}

export interface StandInSite {
  readonly name: string
  readonly network: string
  /** Gateway of the network: an address of this machine, where the cluster is to be found. */
  readonly gateway: string
  /** Addresses of the router. */
  readonly router: readonly [ipv4: string, ipv6: string]
  readonly nodes: readonly StandInNode[]
}

const ok = (stdout = ''): Finished => ({ code: 0, stdout, stderr: '' })
const missing: Finished = { code: 1, stdout: '', stderr: 'not there' }

/** A Runner whose Docker is real, and whose kind, Helm and kubectl are not. */
export class StandInRunner implements Runner, AsyncDisposable {
  readonly dry = false
  readonly site: StandInSite
  readonly #real: RealRunner
  readonly #birds = new Map<string, Daemon>()
  #api: ApiServer | undefined
  #installed = ''
  #applied = new Set<string>()

  constructor(site: StandInSite, tell: (line: string) => void = () => {}) {
    this.site = site
    this.#real = new RealRunner(tell)
  }

  ask(command: Command): Promise<Finished> {
    const stand = this.#standIn(command)
    return stand === undefined ? this.#real.ask(command) : Promise.resolve(stand)
  }

  async act(command: Command): Promise<Finished> {
    const line = commandLine(command)
    if (/kind create cluster/.test(line)) await this.#startCluster()
    else if (/kind delete cluster/.test(line)) await this.#endCluster()
    else if (/^helm .* install /.test(line)) this.#installed = /cilium-([\d.]+)\.tgz/.exec(line)![1]!
    else if (/^kubectl .* apply -f /.test(line)) this.#apply(command.args.at(-1)!)
    else if (!/^(KIND_\S+ kind load|helm|kubectl) /.test(line)) return this.#real.act(command)
    return ok()
  }

  compose(project: string, file: string, args: readonly string[]): Promise<Finished> {
    return this.#real.compose(project, file, args)
  }

  write(file: string, text: string, secret?: boolean): Promise<void> {
    return this.#real.write(file, text, secret)
  }

  remove(path: string): Promise<void> {
    return this.#real.remove(path)
  }

  /** Ends the node's BGP speaker without a farewell. */
  async kill(name: string): Promise<void> {
    const bird = this.#birds.get(name)
    this.#birds.delete(name)
    await bird?.kill()
  }

  /** Cuts the node's cable: nobody is told. */
  async cut(name: string): Promise<void> {
    await ip('link', 'set', this.#cable(name), 'down')
  }

  /** Makes the node announce something else. */
  async announce(name: string, prefixes: readonly [string, string]): Promise<void> {
    const found = this.site.nodes.find((node) => node.name === name)!
    const bird = this.#birds.get(name)!
    writeFileSync(join(bird.directory, 'bird.conf'), this.#birdConfig(found, prefixes))
    await run('/usr/sbin/birdc', ['-s', join(bird.directory, 'bird.ctl'), 'configure'])
  }

  #standIn({ program, args }: Command): Finished | undefined {
    const line = [program, ...args].join(' ')
    const last = args.at(-1)!
    if (/^(kind|helm|kubectl) version/.test(line)) return ok()
    if (/^docker image inspect (kindest|quay)/.test(line)) return ok()
    if (line.startsWith('kind get clusters')) return ok(this.#api === undefined ? '' : this.site.name)
    if (line.startsWith('kind get kubeconfig')) return ok(this.#api!.kubeconfig())
    if (this.site.nodes.some(({ name }) => name === last)) return ok('true')
    if (line.includes('crictl')) return ok()
    if (program === 'test' && last.endsWith('.tgz')) return ok()
    if (program === 'helm')
      return ok(
        JSON.stringify(
          this.#installed === '' ? [] : [{ status: 'deployed', chart: `cilium-${this.#installed}` }],
        ),
      )
    if (line.includes(' diff -f ')) return this.#applied.has(last) ? ok() : missing
    return undefined
  }

  /** Resources as the API server would have them; the operator's part, a CiliumBGPNodeConfig for each node, is ours. */
  #apply(file: string): void {
    this.#applied.add(file)
    const objects = parseAllDocuments(readFileSync(file, 'utf8')) as { toJS(): unknown }[]
    for (const object of objects.map((document) => document.toJS() as ClusterObject)) {
      if (object.apiVersion.startsWith('cilium.io/')) this.#api!.put(object)
      if (object.kind !== 'CiliumBGPClusterConfig') continue
      const [instance] = (object['spec'] as { bgpInstances: Instance[] }).bgpInstances
      for (const { name } of this.site.nodes) {
        const { localASN, peers } = instance!
        this.#api!.put(
          nodeConfig(name, {
            localASN,
            peers: peers.map(({ peerConfigRef, ...peer }) => ({ ...peer, config: peerConfigRef.name })),
          }),
        )
      }
    }
  }

  async #startCluster(): Promise<void> {
    const { nodes, gateway } = this.site
    this.#api = await startApiServer({
      host: gateway,
      objects: [
        ciliumConfig({ ipam: 'cluster-pool' }),
        cilium('quay.io/cilium/cilium:v1.20.2'),
        ...nodes.flatMap(({ name, podCidrs, addresses }, at) => [
          node(name, [`10.244.${at}.0/24`], addresses[0]),
          ciliumNode(name, [...podCidrs], addresses[0]),
        ]),
      ],
    })
    for (const node of nodes) {
      await this.#plug(node)
      const bird = Daemon.start('ip', (directory) => {
        const file = (name: string): string => join(directory, name)
        writeFileSync(file('bird.conf'), this.#birdConfig(node, node.podCidrs))
        return [
          ...['netns', 'exec', node.name, '/usr/sbin/bird', '-f'],
          ...['-c', file('bird.conf'), '-s', file('bird.ctl'), '-P', file('bird.pid')],
        ]
      })
      this.#birds.set(node.name, bird)
    }
  }

  /** Interface names have 15 characters at most. */
  #cable(name: string): string {
    return `rw${name.slice(-10)}`
  }

  /** A network namespace with one cable to the lab's network. */
  async #plug({ name, addresses }: StandInNode): Promise<void> {
    const { stdout } = await run('docker', ['network', 'inspect', '--format', '{{.Id}}', this.site.network])
    const bridge = `br-${stdout.trim().slice(0, 12)}`
    await ip('netns', 'add', name)
    await ip('link', 'add', this.#cable(name), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    await ip('link', 'set', this.#cable(name), 'master', bridge, 'up')
    for (const device of ['lo', 'eth0']) await ip('-n', name, 'link', 'set', device, 'up')
    await ip('-n', name, 'address', 'add', `${addresses[0]}/24`, 'dev', 'eth0')
    await ip('-n', name, 'address', 'add', `${addresses[1]}/64`, 'dev', 'eth0', 'nodad')
  }

  #birdConfig({ addresses }: StandInNode, [v4, v6]: readonly [string, string]): string {
    const session = (family: 'ipv4' | 'ipv6', at: 0 | 1): string => `
protocol bgp ${family}_session {
  local ${addresses[at]} as 64513;
  neighbor ${this.site.router[at]} port 1790 as 64512;
  direct; hold time 9; keepalive time 3;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  graceful restart on;
  ${family} { import none; export all; next hop self; };
}`
    return `log stderr all;
router id ${addresses[0]};
protocol device {}
protocol static four { ipv4; route ${v4} blackhole; }
protocol static six { ipv6; route ${v6} blackhole; }
${session('ipv4', 0)}
${session('ipv6', 1)}
`
  }

  async #endCluster(): Promise<void> {
    for (const bird of this.#birds.values()) await bird[Symbol.asyncDispose]()
    this.#birds.clear()
    for (const { name } of this.site.nodes) await ip('netns', 'delete', name).catch(() => {})
    await this.#api?.close()
    this.#api = undefined
    this.#installed = ''
    this.#applied.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endCluster()
  }
}

interface Instance {
  readonly localASN: number
  readonly peers: readonly {
    readonly name: string
    readonly peerAddress: string
    readonly peerASN: number
    readonly peerConfigRef: { readonly name: string }
  }[]
}
