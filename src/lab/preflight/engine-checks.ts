// The container engine of a kind lab on this machine.
import { error, ok, skipped, warning, type Check, type Host, type Outcome } from './contract.ts'

const ask = async (host: Host, ...args: string[]): Promise<string | undefined> => {
  const { code, stdout } = await host.run('docker', args)
  return code === 0 ? stdout.trim() : undefined
}

export const engine: Check = {
  id: 'engine',
  title: 'nodes of a kind lab can be reached from here',
  about: 'lab',
  async run({ host }) {
    const version = await ask(host, '--version')
    if (version === undefined) return [skipped('docker is missing')]
    if (/podman/i.test(version))
      return [
        warning(
          `docker is ${version.split('\n')[0]} here: rootless it lacks cgroups and iptables modules that nodes want`,
          'The lab was made for Docker. With Podman: KIND_EXPERIMENTAL_PROVIDER=podman, and a network "kind" of its own.',
        ),
      ]
    const system = await ask(host, 'info', '--format', '{{.OperatingSystem}}')
    if (system === undefined) return [skipped('docker does not answer')]
    if (/Docker Desktop/i.test(system))
      return [
        warning(
          'Docker Desktop: addresses of the bridge cannot be reached from this machine',
          'Run router and tests in containers: docker exec NAME-router routewitness …',
        ),
      ]
    return [ok(system === '' ? version : `${version}, ${system}`)]
  },
}

/** Docker gives every capability to a privileged container, and cannot give what its own bounding set lacks. */
const CAP_SYS_RESOURCE = 24n

export const privileged: Check = {
  id: 'privileged',
  title: 'nodes of a kind lab may be privileged',
  about: 'lab',
  async run({ host }) {
    const bounding = /^CapBnd:\s*([0-9a-f]+)/m.exec((await host.read('/proc/self/status')) ?? '')?.[1]
    if (bounding === undefined) return [skipped('there is no /proc/self/status')]
    return (BigInt(`0x${bounding}`) >> CAP_SYS_RESOURCE) & 1n
      ? [ok('no capability is kept from containers here')]
      : [
          error(
            'CAP_SYS_RESOURCE is kept from this process and what it starts: dockerd started here runs no privileged container, so no kind node',
            'Start dockerd outside, or use the native lab, which needs no Docker.',
          ),
        ]
  },
}

const DOCKER_MTU = 1500

/** kind copies the MTU of Docker's own bridge, and only where it is set there. */
export const mtu: Check = {
  id: 'mtu',
  title: "full-size packets of a kind lab fit this machine's uplink",
  about: 'lab',
  async run({ host }): Promise<readonly Outcome[]> {
    const device = defaultDevice((await host.read('/proc/net/route')) ?? '')
    const uplink = Number(device === undefined ? undefined : await host.read(`/sys/class/net/${device}/mtu`))
    if (device === undefined || !(uplink > 0)) return [skipped('this machine has no default route')]
    const option = '{{index .Options "com.docker.network.driver.mtu"}}'
    const told = await ask(host, 'network', 'inspect', 'bridge', '--format', option)
    const bridge = Number(told) > 0 ? Number(told) : DOCKER_MTU
    return bridge <= uplink
      ? [ok(`MTU ${bridge} inside, ${uplink} on ${device}`)]
      : [
          warning(
            `${device} has MTU ${uplink} and Docker's bridge ${bridge}: full-size packets out of the lab are lost or cut`,
            `Set "mtu": ${uplink} in /etc/docker/daemon.json before network "kind" is made.`,
          ),
        ]
  },
}

/** Of /proc/net/route: the device whose destination is 0.0.0.0. */
const defaultDevice = (routes: string): string | undefined =>
  routes
    .split('\n')
    .map((line) => line.split(/\s+/))
    .find(([, destination]) => destination === '00000000')?.[0]
