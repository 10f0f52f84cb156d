// Machines made of network namespaces: an upstream, and nodes behind links of their own, each with a pod behind a veth as
// Cilium makes it. Addresses are of 198.18.0.0/15.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon, output } from './daemon.ts'
import { RunningCommand } from './command.ts'

const ip = (...args: string[]): Promise<string> => output('ip', args)

/** A veth from one network namespace to another, up on both ends. */
async function cable(from: string, device: string, to: string, peer: string): Promise<void> {
  const end = ['peer', 'name', peer, 'netns', to]
  await ip('link', 'add', 'name', device, 'netns', from, 'type', 'veth', ...end)
  await ip('-n', from, 'link', 'set', 'dev', device, 'up')
  await ip('-n', to, 'link', 'set', 'dev', peer, 'up')
}

async function mac(namespace: string, device: string): Promise<string> {
  const text = await ip('-j', '-n', namespace, 'link', 'show', 'dev', device)
  const [only] = JSON.parse(text) as { address: string }[]
  return only!.address
}

/** A node and its pod. */
export class TestNode implements AsyncDisposable {
  readonly number: number
  /** Network namespaces of the node and of its pod. */
  readonly name: string
  readonly podName: string
  #speaker: Daemon | undefined
  readonly #echo: RunningCommand[] = []

  constructor(prefix: string, number: number) {
    this.number = number
    this.name = `${prefix}n${number}`
    this.podName = `${prefix}p${number}`
  }

  /** Its address, which is its BGP identifier and the next hop of its routes, too. */
  get address(): string {
    return `198.18.${this.number}.2`
  }
  /** The upstream's address on the link to it. */
  get upstream(): string {
    return `198.18.${this.number}.1`
  }
  get podCidr(): string {
    return `198.19.${this.number}.0/24`
  }
  get pod(): string {
    return `198.19.${this.number}.10`
  }

  /**
   * Wires the pod. What is sent to it goes out by cilium_host, and what it sends comes in by lxc1: so for the kernel the way
   * back to the pod is another one than that by which its packets come, as it is where Cilium's programs deliver them.
   */
  async wire(upstream: string, services: readonly string[]): Promise<void> {
    const { name, podName, number } = this
    const link = `node${number}`
    await cable(upstream, link, name, 'eth0')
    await ip('-n', upstream, 'address', 'add', `${this.upstream}/24`, 'dev', link)
    await ip('-n', name, 'address', 'add', `${this.address}/24`, 'dev', 'eth0')
    await ip('-n', name, 'route', 'add', 'default', 'via', this.upstream)
    await cable(name, 'lxc1', podName, 'eth0')
    await cable(name, 'cilium_host', podName, 'in0')
    await this.sysctl('net.ipv4.ip_forward', '1')
    await ip('-n', name, 'route', 'add', this.podCidr, 'dev', 'cilium_host')
    // Neighbours stand fast: what is to be lost are packets of probes, and not ARP.
    const inside = await mac(podName, 'in0')
    for (const address of [this.pod, ...services]) {
      await ip('-n', podName, 'address', 'add', `${address}/32`, 'dev', 'eth0')
      await ip('-n', name, 'route', 'replace', address, 'dev', 'cilium_host')
      await ip(
        '-n',
        name,
        'neigh',
        'add',
        address,
        'lladdr',
        inside,
        'dev',
        'cilium_host',
        'nud',
        'permanent',
      )
    }
    const gateway = '169.254.0.1'
    const outside = await mac(name, 'lxc1')
    await ip('-n', podName, 'neigh', 'add', gateway, 'lladdr', outside, 'dev', 'eth0', 'nud', 'permanent')
    await ip('-n', podName, 'route', 'add', 'default', 'via', gateway, 'dev', 'eth0', 'onlink')
  }

  /** Writes a sysctl of the node. */
  async sysctl(key: string, value: string): Promise<void> {
    await ip('netns', 'exec', this.name, 'sh', '-c', `echo ${value} > /proc/sys/${key.replaceAll('.', '/')}`)
  }

  /** BIRD on the node announces the pod CIDR, and services. */
  announce(asn: { readonly ours: number; readonly theirs: number }, services: readonly string[] = []): void {
    const prefixes = [this.podCidr, ...services.map((address) => `${address}/32`)]
    this.#speaker = Daemon.start('ip', (directory) => {
      const file = (name: string): string => join(directory, name)
      writeFileSync(
        file('bird.conf'),
        `log stderr all;
router id ${this.address};
protocol device {}
protocol static { ipv4; ${prefixes.map((prefix) => `route ${prefix} blackhole;`).join(' ')} }
protocol bgp upstream {
  local ${this.address} as ${asn.theirs};
  neighbor ${this.upstream} port 1790 as ${asn.ours};
  hold time 9;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import none; export all; };
}
`,
      )
      const bird = ['bird', '-f', '-c', file('bird.conf'), '-s', file('bird.ctl'), '-P', file('bird.pid')]
      return ['netns', 'exec', this.name, ...bird]
    })
  }

  /** BIRD stops announcing a service. */
  async withdraw(address: string): Promise<void> {
    const directory = this.#speaker!.directory
    const file = join(directory, 'bird.conf')
    const { readFileSync } = await import('node:fs')
    writeFileSync(file, readFileSync(file, 'utf8').replace(`route ${address}/32 blackhole;`, ''))
    await output('birdc', ['-s', join(directory, 'bird.ctl'), 'configure'])
  }

  /** The echo server in the pod. */
  async echo(): Promise<void> {
    const pod = `echo-${this.number}`
    const server = new RunningCommand(['probe', 'serve', '--pod', pod, '--node', this.address], {}, [
      'ip',
      'netns',
      'exec',
      this.podName,
    ])
    this.#echo.push(server)
    await server.says(/echo server on port 8080/)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#echo) await server.stop()
    await this.#speaker?.[Symbol.asyncDispose]()
  }
}

export class TestNetwork implements AsyncDisposable {
  /** Network namespace of the upstream. */
  readonly upstream: string
  readonly nodes: readonly TestNode[]

  private constructor(upstream: string, nodes: readonly TestNode[]) {
    this.upstream = upstream
    this.nodes = nodes
  }

  /** @param services addresses that every pod has, too */
  static async make(nodes: number, services: readonly string[] = []): Promise<TestNetwork> {
    const prefix = `rw${process.pid}-${Math.random().toString(36).slice(2, 6)}`
    const network = new TestNetwork(
      `${prefix}u`,
      Array.from({ length: nodes }, (_, at) => new TestNode(prefix, at + 1)),
    )
    try {
      for (const name of network.#names()) {
        await ip('netns', 'add', name)
        await ip('-n', name, 'link', 'set', 'dev', 'lo', 'up')
        // What the machine has by default is not what the tests are about.
        const rpFilter = 'for f in all default; do echo 0 > /proc/sys/net/ipv4/conf/$f/rp_filter; done'
        await ip('netns', 'exec', name, 'sh', '-c', rpFilter)
      }
      for (const node of network.nodes) await node.wire(network.upstream, services)
    } catch (error) {
      await network[Symbol.asyncDispose]()
      throw error
    }
    return network
  }

  /** Wraps a command so that it runs where the router stands. */
  get wrapper(): readonly string[] {
    return ['ip', 'netns', 'exec', this.upstream]
  }

  #names(): readonly string[] {
    return [this.upstream, ...this.nodes.flatMap(({ name, podName }) => [name, podName])]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node[Symbol.asyncDispose]()
    // Links go with their namespaces.
    for (const name of this.#names()) await ip('netns', 'del', name).catch(() => undefined)
  }
}
