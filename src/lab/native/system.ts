// What the lab asks the system: free ports, used subnets, whether a process may have a host name of its own.
import { access, constants, readFile, realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { subnetsInUse } from './addresses.ts'
import { run } from './exec.ts'

/** True if somebody could listen on 127.0.0.1:port now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Subnets 127.0.X.0/24 that any process on this machine uses at the moment. */
export const usedSubnets = async (): Promise<Set<number>> =>
  subnetsInUse(await readFile('/proc/net/tcp', 'utf8').catch(() => ''))

/**
 * The command in front of an agent that lets it set its own host name: a UTS namespace, in a user namespace
 * for people who are not root. Undefined where neither is allowed.
 */
export async function hostnameWrapper(): Promise<string[] | undefined> {
  const unshare = await findProgram('unshare')
  if (unshare === undefined) return undefined
  const attempts = [
    [unshare, '--user', '--map-root-user', '--uts'],
    [unshare, '--uts'],
  ]
  for (const [command = '', ...args] of attempts) {
    const tried = await run(command, [...args, '/bin/sh', '-c', 'hostname lab-probe']).catch(() => undefined)
    if (tried?.code === 0) return [command, ...args]
  }
  return undefined
}

async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    try {
      await access(path, constants.X_OK)
      return await realpath(path)
    } catch {
      // not in this folder
    }
  }
  return undefined
}
