// What a suite needs of the machine, and how to get it. Each function gives the reasons why the suite cannot run.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { labPreconditions } from './lab/preconditions.ts'

const SYSTEM_PATHS = ['/usr/sbin', '/sbin', '/usr/local/sbin']

/** Path of an executable, looked for where daemons lie too. */
function executable(name: string): string | undefined {
  for (const directory of [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_PATHS]) {
    try {
      accessSync(join(directory, name), constants.X_OK)
      return join(directory, name)
    } catch {
      // not here
    }
  }
  return undefined
}

/** The interop suite runs Debian's BIRD and GoBGP, and bgpdump. */
export function interopPreconditions(): Promise<string[]> {
  const packages: Record<string, string> = {
    bird: 'bird2',
    gobgpd: 'gobgpd',
    gobgp: 'gobgpd',
    bgpdump: 'bgpdump',
  }
  return Promise.resolve(
    Object.entries(packages)
      .filter(([name]) => executable(name) === undefined)
      .map(([name, pkg]) => `no ${name}: apt-get install ${pkg}`),
  )
}

/** The lab suite runs the native lab, and reads its traces with bgpdump. */
export async function labSuitePreconditions(): Promise<string[]> {
  const reasons = await labPreconditions()
  if (executable('bgpdump') === undefined) reasons.push('no bgpdump: apt-get install bgpdump')
  return reasons
}
