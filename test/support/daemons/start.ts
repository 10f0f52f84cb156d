// The four daemons by name.
import { output } from '../daemon.ts'
import { startBird } from './bird.ts'
import { versionIn, type DaemonDriver, type DaemonName, type DaemonSetup } from './driver.ts'
import { FRR_BGPD, startFrr } from './frr.ts'
import { startGobgp } from './gobgp.ts'
import { startOpenbgpd } from './openbgpd.ts'

const STARTERS: Record<DaemonName, (setup: DaemonSetup) => Promise<DaemonDriver>> = {
  bird: startBird,
  frr: startFrr,
  gobgp: startGobgp,
  openbgpd: startOpenbgpd,
}

const VERSIONS: Record<DaemonName, readonly [command: string, ...args: string[]]> = {
  bird: ['bird', '--version'],
  frr: [FRR_BGPD, '-v'],
  gobgp: ['gobgpd', '--version'],
  openbgpd: ['/usr/sbin/bgpd', '-V'],
}

/** Starts a daemon and waits until it takes commands. */
export function startDaemon(name: DaemonName, setup: DaemonSetup): Promise<DaemonDriver> {
  return STARTERS[name](setup)
}

/** The installed version: "2.0.12". */
export async function daemonVersion(name: DaemonName): Promise<string> {
  const [command, ...args] = VERSIONS[name]
  return versionIn(await output(command, args), name)
}
