import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import type { CommandResult, Host } from '../../src/lab/preflight/contract.ts'
import { thisHost } from '../../src/lab/preflight/host.ts'
import { chosenChecks, preflight } from '../../src/lab/preflight/run.ts'
import { checkText, summaryText } from '../../src/lab/preflight/text.ts'

const ABSENT: CommandResult = { code: undefined, stdout: '', stderr: '' }

interface Machine {
  readonly files?: Readonly<Record<string, string>>
  readonly commands?: Readonly<Record<string, Partial<CommandResult>>>
  readonly listening?: string
  readonly nodeVersion?: string
  readonly platform?: NodeJS.Platform
}

function host({
  files = {},
  commands = {},
  listening,
  nodeVersion = '22.12.0',
  platform = 'linux',
}: Machine): Host {
  return {
    platform,
    nodeVersion,
    read: (path) => Promise.resolve(files[path]),
    list: (path) =>
      Promise.resolve([
        ...new Set(
          Object.keys(files).flatMap((file) =>
            file.startsWith(`${path}/`) ? [file.slice(path.length + 1).split('/')[0]!] : [],
          ),
        ),
      ]),
    run: (command, args) => Promise.resolve({ ...ABSENT, ...commands[[command, ...args].join(' ')] }),
    tryListen: () => Promise.resolve(listening),
  }
}

async function verdictOf(id: string, machine: Machine): Promise<string> {
  const facts = {
    cluster: undefined,
    router: { address: undefined, asn: undefined, listen: ['0.0.0.0:1790'] },
    host: host(machine),
  }
  const [result] = await preflight(facts, chosenChecks([id]))
  return `${result!.verdict}: ${result!.outcomes.map(({ what }) => what).join('; ')}`
}

const CONF = '/proc/sys/net/ipv4/conf'
const network = (config: unknown): Machine => ({
  commands: {
    'docker network inspect kind': { code: 0, stdout: JSON.stringify([{ IPAM: { Config: config } }]) },
  },
})

const DOCKER = 'Docker version 28.0.0, build 1'
const engine = (version: string, system?: string): Machine => ({
  commands: {
    'docker --version': { code: 0, stdout: `${version}\n` },
    ...(system === undefined
      ? {}
      : { 'docker info --format {{.OperatingSystem}}': { code: 0, stdout: `${system}\n` } }),
  },
})
const uplink = (mtu: string, bridge = ''): Machine => ({
  files: {
    '/proc/net/route': 'Iface Destination Gateway\neth0 000200C0 00000000\neth1 00000000 010200C0\n',
    '/sys/class/net/eth1/mtu': `${mtu}\n`,
  },
  commands: {
    'docker network inspect bridge --format {{index .Options "com.docker.network.driver.mtu"}}': {
      code: 0,
      stdout: `${bridge}\n`,
    },
  },
})

test.each<[string, Machine, string]>([
  ['engine', {}, 'skipped: docker is missing'],
  ['engine', engine(DOCKER), 'skipped: docker does not answer'],
  ['engine', engine(DOCKER, 'Debian GNU/Linux 12'), `ok: ${DOCKER}, Debian GNU/Linux 12`],
  ['engine', engine(DOCKER, 'Docker Desktop'), 'warning: Docker Desktop: addresses of the bridge'],
  ['engine', engine('podman version 5.4.0'), 'warning: docker is podman version 5.4.0 here'],
  ['privileged', { files: { '/proc/self/status': 'CapBnd:\t000001ffffffffff\n' } }, 'ok: no capability'],
  [
    'privileged',
    { files: { '/proc/self/status': 'CapBnd:\t000001fffeffffff\n' } },
    'error: CAP_SYS_RESOURCE',
  ],
  ['privileged', {}, 'skipped: there is no /proc/self/status'],
  ['mtu', uplink('1500'), 'ok: MTU 1500 inside, 1500 on eth1'],
  ['mtu', uplink('1400'), "warning: eth1 has MTU 1400 and Docker's bridge 1500"],
  ['mtu', uplink('1400', '1400'), 'ok: MTU 1400 inside, 1400 on eth1'],
  ['mtu', {}, 'skipped: this machine has no default route'],
  ['node', { nodeVersion: '20.19.0' }, 'ok: Node.js 20.19.0'],
  ['node', { nodeVersion: '20.9.0' }, 'error: Node.js 20.9.0 is too old'],
  ['ports', {}, 'ok: 0.0.0.0:1790 is free'],
  ['ports', { listening: 'EADDRINUSE' }, 'error: 0.0.0.0:1790 is in use'],
  ['ports', { listening: 'EACCES' }, 'error: 0.0.0.0:1790: no right to listen there'],
  ['ports', { listening: 'EADDRNOTAVAIL' }, 'error: 0.0.0.0:1790 is no address of this machine'],
  ['rp-filter', { files: { [`${CONF}/all/rp_filter`]: '0\n' } }, 'ok: net.ipv4.conf.all.rp_filter is 0'],
  ['rp-filter', { files: { [`${CONF}/all/rp_filter`]: '1\n' } }, 'warning: net.ipv4.conf.all.rp_filter is 1'],
  [
    'rp-filter',
    {
      files: {
        [`${CONF}/all/rp_filter`]: '0\n',
        [`${CONF}/lxc12/rp_filter`]: '1\n',
        [`${CONF}/eth0/rp_filter`]: '1\n',
      },
    },
    'error: rp_filter of lxc12 is 1 in force',
  ],
  [
    'rp-filter',
    { files: { [`${CONF}/all/rp_filter`]: '2\n', [`${CONF}/cilium_host/rp_filter`]: '1\n' } },
    'warning: rp_filter of cilium_host is 2 in force',
  ],
  ['rp-filter', { platform: 'darwin' }, 'skipped: darwin has none of it'],
  ['tools', {}, 'warning: docker is missing'],
  ['kind-network', {}, 'skipped: docker is missing'],
  [
    'kind-network',
    { commands: { 'docker network inspect kind': { code: 1, stderr: 'No such network' } } },
    'ok: there is none yet',
  ],
  [
    'kind-network',
    {
      commands: {
        'docker network inspect kind': { code: 1, stderr: 'Cannot connect to the Docker daemon at …' },
      },
    },
    'warning: docker does not answer',
  ],
  ['kind-network', network([{ Subnet: 'fc00::/64' }]), 'error: network "kind" has no IPv4 subnet'],
  [
    'kind-network',
    network([{ Subnet: '198.18.0.0/16' }]),
    'warning: subnets 198.18.0.0/16; network "kind" has no ip-range',
  ],
  [
    'kind-network',
    network([{ Subnet: '198.18.0.0/16', IPRange: '198.18.0.0/17' }]),
    'ok: subnets 198.18.0.0/16',
  ],
  [
    'inotify',
    {
      files: {
        '/proc/sys/fs/inotify/max_user_watches': '8192',
        '/proc/sys/fs/inotify/max_user_instances': '512',
      },
    },
    'warning: fs.inotify.max_user_watches is 8192',
  ],
  ['cgroup', {}, 'warning: cgroup v1'],
  ['cgroup', { files: { '/sys/fs/cgroup/cgroup.controllers': 'cpu' } }, 'ok: cgroup v2 is mounted'],
  ['bridge', { commands: { 'firewall-cmd --state': { code: 0 } } }, 'warning: firewalld runs'],
  ['bridge', {}, 'ok: no firewalld'],
])('%s with %j: %s', async (id, machine, expected) => {
  expect((await verdictOf(id, machine)).slice(0, expected.length)).toBe(expected)
})

test('this machine tells that a port is taken, and that a program is missing', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await thisHost().tryListen('127.0.0.1', port)).toBe('EADDRINUSE')
  await new Promise((resolve) => server.close(resolve))
  expect(await thisHost().tryListen('127.0.0.1', port)).toBeUndefined()
  expect((await thisHost().run('routewitness-no-such-program', [])).code).toBeUndefined()
  expect((await thisHost().run(process.execPath, ['-e', 'process.exit(3)'])).code).toBe(3)
})

test('a check that fails by itself is an error of its own', async () => {
  const broken: Host = { ...host({}), read: () => Promise.reject(new Error('no luck')) }
  const facts = {
    cluster: undefined,
    router: { address: undefined, asn: undefined, listen: [] },
    host: broken,
  }
  const results = await preflight(facts, chosenChecks(['cgroup', 'node']))
  expect(results.map(({ verdict }) => verdict)).toEqual(['ok', 'error'])
  expect(results[1]!.outcomes[0]!.what).toBe('the check itself failed: no luck')
})

test('what people see', async () => {
  const facts = {
    cluster: undefined,
    router: { address: undefined, asn: undefined, listen: ['0.0.0.0:179'] },
    host: host({ listening: 'EACCES' }),
  }
  const results = await preflight(facts, chosenChecks(['version-ipam', 'ports', 'node', 'bridge']))
  const text =
    results.map((result) => checkText(result, { colour: false, headers: true })).join('') +
    summaryText(results)
  expect(text).toBe(`skipped  version-ipam  the speaker announces what IPAM allocates
         no cluster: give --context or --objects
ok       node  Node.js is new enough
         Node.js 22.12.0
error    ports  we may listen where we are to listen
         0.0.0.0:179: no right to listen there
         → Use port 1790 and spec.transport.peerPort: 1790, or sysctl net.ipv4.ip_unprivileged_port_start=179.
ok       bridge  the bridge of a lab lets packets pass
         no firewalld, and iptables does not see the bridge
4 checks: 1 error, 0 warnings, 2 ok, 1 skipped
`)
})
