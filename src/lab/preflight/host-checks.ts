// This machine: what a router here, or a lab here, needs.
import { filtering, RP_FILTER_ALL } from '../../core/check/rp-filter.ts'
import { error, ok, skipped, warning, type Check, type Facts, type Host, type Outcome } from './contract.ts'

const hostCheck = (
  id: string,
  title: string,
  run: (host: Host, facts: Facts) => Promise<readonly Outcome[]>,
  about: Check['about'] = 'host',
): Check => ({ id, title, about, run: (facts) => run(facts.host, facts) })

/** Looks at what only Linux has. */
const linuxCheck = (
  id: string,
  title: string,
  run: (host: Host) => Promise<readonly Outcome[]>,
  about: Check['about'] = 'host',
): Check =>
  hostCheck(
    id,
    title,
    (host) =>
      host.platform === 'linux' ? run(host) : Promise.resolve([skipped(`${host.platform} has none of it`)]),
    about,
  )

const LEAST_NODE = [20, 19] as const

export const nodeVersion = hostCheck('node', 'Node.js is new enough', (host) => {
  const [major = 0, minor = 0] = host.nodeVersion.split('.').map(Number)
  const enough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])
  return Promise.resolve([
    enough
      ? ok(`Node.js ${host.nodeVersion}`)
      : error(`Node.js ${host.nodeVersion} is too old`, `Install Node.js ${LEAST_NODE.join('.')} or later.`),
  ])
})

export const ports = hostCheck('ports', 'we may listen where we are to listen', async (host, { router }) => {
  const outcomes: Outcome[] = []
  for (const address of router.listen) {
    const at = address.lastIndexOf(':')
    const name = address.slice(0, at).replace(/^\[|\]$/g, '')
    const code = await host.tryListen(name, Number(address.slice(at + 1)))
    outcomes.push(listenOutcome(address, code))
  }
  return outcomes
})

function listenOutcome(address: string, code: string | undefined): Outcome {
  switch (code) {
    case undefined:
      return ok(`${address} is free`)
    case 'EADDRINUSE':
      return error(
        `${address} is in use`,
        'End what listens there (ss -ltnp), or choose another with --listen.',
      )
    case 'EACCES':
      return error(
        `${address}: no right to listen there`,
        'Use port 1790 and spec.transport.peerPort: 1790, or sysctl net.ipv4.ip_unprivileged_port_start=179.',
      )
    case 'EADDRNOTAVAIL':
      return error(`${address} is no address of this machine`, 'See `ip address` for those that are.')
    default:
      return error(`${address}: ${code}`)
  }
}

interface Tool {
  readonly name: string
  readonly version: readonly string[]
  readonly get: string
}

const TOOLS: readonly Tool[] = [
  {
    name: 'docker',
    version: ['--version'],
    get: 'https://docs.docker.com/engine/install/, or the package docker.io',
  },
  { name: 'kind', version: ['version'], get: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation' },
  { name: 'helm', version: ['version', '--short'], get: 'https://helm.sh/docs/intro/install/' },
  { name: 'kubectl', version: ['version', '--client'], get: 'https://kubernetes.io/docs/tasks/tools/' },
]

export const tools: Check = {
  id: 'tools',
  title: 'the kind lab has its tools',
  about: 'lab',
  async run({ host }) {
    const outcomes: Outcome[] = []
    for (const { name, version, get } of TOOLS) {
      const { code, stdout } = await host.run(name, version)
      outcomes.push(
        code === 0
          ? ok(`${name}: ${stdout.split('\n')[0]?.trim()}`)
          : warning(`${name} is missing: there can be no kind lab`, get),
      )
    }
    const plugin = await host.run('docker', ['compose', 'version'])
    const standalone = plugin.code === 0 ? plugin : await host.run('docker-compose', ['version'])
    outcomes.push(
      standalone.code === 0
        ? ok(`compose: ${standalone.stdout.split('\n')[0]?.trim()}`)
        : warning(
            'docker compose is missing, plugin and program',
            'https://docs.docker.com/compose/install/, or the package docker-compose',
          ),
    )
    return outcomes
  },
}

/** What several kind nodes need: kind.sigs.k8s.io/docs/user/known-issues, "too many open files". */
const INOTIFY = [
  ['max_user_watches', 524_288],
  ['max_user_instances', 512],
] as const

export const inotify = linuxCheck(
  'inotify',
  'kind nodes can watch their files',
  async (host) => {
    const outcomes: Outcome[] = []
    for (const [name, least] of INOTIFY) {
      const value = Number(await host.read(`/proc/sys/fs/inotify/${name}`))
      outcomes.push(
        value >= least
          ? ok(`fs.inotify.${name} is ${value}`)
          : warning(
              `fs.inotify.${name} is ${value}: pods may fail with "too many open files"`,
              `sysctl fs.inotify.${name}=${least}`,
            ),
      )
    }
    return outcomes
  },
  'lab',
)

export const cgroups = linuxCheck(
  'cgroup',
  'cgroup v2',
  async (host) => [
    (await host.read('/sys/fs/cgroup/cgroup.controllers')) === undefined
      ? warning(
          'cgroup v1: Cilium’s socket load balancing does not work, and kind needs Kubernetes 1.34 or older',
          'Boot with systemd.unified_cgroup_hierarchy=1.',
        )
      : ok('cgroup v2 is mounted'),
  ],
  'lab',
)

export const reversePath = linuxCheck(
  'rp-filter',
  'nothing drops pods’ packets by their way back',
  async (host) => {
    const root = '/proc/sys/net/ipv4/conf'
    const values = new Map<string, { value: string }>()
    for (const device of await host.list(root)) {
      const value = await host.read(`${root}/${device}/rp_filter`)
      if (value !== undefined) values.set(`net.ipv4.conf.${device}.rp_filter`, { value: value.trim() })
    }
    const all = values.get(RP_FILTER_ALL)?.value
    if (all === undefined) return [skipped('rp_filter cannot be read')]
    const found = filtering({ values })
    if (found !== undefined) {
      const { effective, key, devices } = found
      const on = devices.length > 3 ? `${devices.length} devices of Cilium` : devices.join(', ')
      const remedy = `sysctl ${key}=0, and look in /etc/sysctl.d for who sets it.`
      return effective === 1
        ? [error(`rp_filter of ${on} is 1 in force: replies of pods are dropped (incident I-3)`, remedy)]
        : [
            warning(
              `rp_filter of ${on} is ${effective} in force: replies without a route are dropped`,
              remedy,
            ),
          ]
    }
    if (all === '1')
      return [
        warning(
          `${RP_FILTER_ALL} is 1: on a node of Cilium replies of pods are dropped (incident I-3)`,
          `sysctl ${RP_FILTER_ALL}=0, and look in /etc/sysctl.d for who sets it.`,
        ),
      ]
    return [ok(`${RP_FILTER_ALL} is ${all}`)]
  },
)

export const forwarding = linuxCheck(
  'bridge',
  'the bridge of a lab lets packets pass',
  async (host) => {
    const filter = await host.read('/proc/sys/net/bridge/bridge-nf-call-iptables')
    const firewalld = await host.run('firewall-cmd', ['--state'])
    const outcomes: Outcome[] = []
    if (firewalld.code === 0)
      outcomes.push(
        warning(
          'firewalld runs: with its nftables backend it keeps kind nodes apart',
          'Set FirewallBackend=iptables in /etc/firewalld/firewalld.conf, or stop it for the lab.',
        ),
      )
    if (filter?.trim() === '1')
      outcomes.push(
        warning(
          'bridge-nf-call-iptables is 1: rules of this machine see packets between nodes',
          'sysctl net.bridge.bridge-nf-call-iptables=0, where no other program needs it.',
        ),
      )
    return outcomes.length > 0 ? outcomes : [ok('no firewalld, and iptables does not see the bridge')]
  },
  'lab',
)

export const kindNetwork: Check = {
  id: 'kind-network',
  title: 'docker network "kind" gives fixed addresses',
  about: 'lab',
  async run({ host, router }) {
    const { code, stdout, stderr } = await host.run('docker', ['network', 'inspect', 'kind'])
    if (code === undefined) return [skipped('docker is missing')]
    if (code !== 0) {
      if (/cannot connect|permission denied|daemon running/i.test(stderr))
        return [
          warning(
            `docker does not answer: ${stderr.trim().split('\n')[0]}`,
            'Start dockerd, or join the group docker.',
          ),
        ]
      return [ok('there is none yet: `routewitness lab up` makes it with a fixed subnet')]
    }
    return networkOutcomes(stdout, router.address)
  },
}

function networkOutcomes(text: string, address: string | undefined): readonly Outcome[] {
  let subnets: readonly string[]
  let configured: boolean
  try {
    const [network] = JSON.parse(text) as { IPAM?: { Config?: { Subnet?: string; IPRange?: string }[] } }[]
    const config = network?.IPAM?.Config ?? []
    subnets = config.flatMap(({ Subnet }) => (Subnet === undefined ? [] : [Subnet]))
    configured = config.some(({ Subnet, IPRange }) => Subnet?.includes('.') === true && IPRange !== undefined)
  } catch {
    return [warning('docker network inspect gave something that cannot be read')]
  }
  if (!subnets.some((subnet) => subnet.includes('.')))
    return [
      error(
        'network "kind" has no IPv4 subnet of its own: docker refuses fixed addresses there',
        'kind delete cluster, docker network rm kind, then `routewitness lab up`.',
      ),
    ]
  const outcomes = [ok(`subnets ${subnets.join(', ')}`)]
  if (!configured)
    outcomes.push(
      warning(
        'network "kind" has no ip-range: a node may be given the router’s address',
        `Choose an address for the router${address === undefined ? '' : ` (${address})`} that docker does not give away, or make the network with --ip-range.`,
      ),
    )
  return outcomes
}
