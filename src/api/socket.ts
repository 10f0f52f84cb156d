// Where the control socket lies, so that `serve` and the commands that ask it agree without a flag.
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { UserError } from '../core/errors/user-error.ts'

const SOCKET_NAME = 'routewitness.sock'

/** The path named, else in the user's runtime directory, else in a directory of the user's own in the temporary one. */
export function socketPath(named: string | undefined, environment: NodeJS.ProcessEnv): string {
  if (named !== undefined) return resolve(named)
  const runtime = environment['XDG_RUNTIME_DIR']
  if (runtime !== undefined && runtime !== '') return join(runtime, SOCKET_NAME)
  return join(tmpdir(), `routewitness-${userInfo().uid}`, SOCKET_NAME)
}

/**
 * Makes the directory of the default socket where there is no runtime directory. The temporary directory is everybody's:
 * a directory there counts only when it is ours alone. Throws RW_DENIED otherwise.
 */
export function prepareSocketDirectory(path: string): void {
  const own = join(tmpdir(), `routewitness-${userInfo().uid}`)
  if (path !== join(own, SOCKET_NAME)) return
  mkdirSync(own, { mode: 0o700, recursive: true })
  const found = lstatSync(own)
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw new UserError('RW_DENIED', `${own} is not a directory of yours alone`, {
      remedy: 'Name another place (--socket, or the option socket).',
    })
  }
}
