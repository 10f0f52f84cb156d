// What a suite needs of the machine, and how to get it. Each function gives the reasons why the suite cannot run.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { DAEMON_NAMES, type DaemonName } from '../test/support/daemons/driver.ts'
import { FRR_BGPD } from '../test/support/daemons/frr.ts'
import { labPreconditions } from '../src/lab/native/preconditions.ts'

const SYSTEM_PATHS = ['/usr/sbin', '/sbin', '/usr/local/sbin']

/** Path of an executable, looked for where daemons lie too. */
function executable(name: string): string | undefined {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_PATHS]
  for (const directory of isAbsolute(name) ? [''] : directories) {
    try {
      accessSync(join(directory, name), constants.X_OK)
      return join(directory, name)
    } catch {
      // not here
    }
  }
  return undefined
}

/** Executables that each daemon needs, by the name that the suites have for it; and the Debian package. */
const DAEMONS: Record<DaemonName, { readonly needs: readonly string[]; readonly package: string }> = {
  bird: { needs: ['bird', 'birdc'], package: 'bird2' },
  frr: { needs: [FRR_BGPD, 'vtysh'], package: 'frr' },
  gobgp: { needs: ['gobgpd', 'gobgp'], package: 'gobgpd' },
  openbgpd: { needs: ['bgpd', 'bgpctl'], package: 'openbgpd' },
}

/** Why these daemons cannot be run here. */
export function missingDaemons(names: readonly DaemonName[]): string[] {
  return names.flatMap((name) =>
    DAEMONS[name].needs
      .filter((need) => executable(need) === undefined)
      .map((need) => `no ${need}: apt-get install ${DAEMONS[name].package}`),
  )
}

/** Why no network namespaces can be made here. */
function missingNamespaces(): string[] {
  const ip = executable('ip')
  if (ip === undefined) return ['no ip: apt-get install iproute2']
  const name = `rw-try-${process.pid}`
  const made = spawnSync(ip, ['netns', 'add', name], { encoding: 'utf8' })
  if (made.status !== 0) return [`network namespaces cannot be made: ${made.stderr.trim()}`]
  spawnSync(ip, ['netns', 'del', name])
  return []
}

/** The interop suite runs Debian's BIRD, FRR, GoBGP and OpenBGPD, and bgpdump; probes run between network namespaces. */
export function interopPreconditions(): Promise<string[]> {
  const reasons = missingDaemons(DAEMON_NAMES)
  if (executable('bgpdump') === undefined) reasons.push('no bgpdump: apt-get install bgpdump')
  if (process.getuid?.() !== 0) reasons.push('OpenBGPD starts only as root')
  reasons.push(...missingNamespaces())
  return Promise.resolve(reasons)
}

/** The lab suite runs the native lab, two releases of it for an upgrade, and reads its traces with bgpdump. */
export async function labSuitePreconditions(): Promise<string[]> {
  const reasons = await labPreconditions(['1.20.2', '1.19.7'])
  if (executable('bgpdump') === undefined) reasons.push('no bgpdump: apt-get install bgpdump')
  return reasons
}

/** The docker suite runs the router's image by compose, with BIRD in network namespaces as nodes, and Cilium's charts in the native lab. */
export async function dockerPreconditions(): Promise<string[]> {
  const reasons = [...missingDaemons(['bird']), ...(await labPreconditions())]
  const says = (...args: string[]): boolean => spawnSync('docker', args, { stdio: 'ignore' }).status === 0
  if (!says('version')) reasons.push('no Docker that answers')
  else if (!says('image', 'inspect', 'node:22-bookworm-slim'))
    reasons.push(
      'no image node:22-bookworm-slim: docker pull it, or import one under that name (docs/lab.md)',
    )
  if (!says('compose', 'version') && executable('docker-compose') === undefined)
    reasons.push('no compose: apt-get install docker-compose')
  if (executable('helm') === undefined)
    reasons.push('no helm: go install helm.sh/helm/v3/cmd/helm@v3.19.4, and its directory in PATH')
  if (executable('go') === undefined) reasons.push("no go, which fetches Cilium's charts")
  if (process.getuid?.() !== 0) reasons.push('network namespaces are made by root')
  return reasons
}
