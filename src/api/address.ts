// Which running `serve` is meant: by a URL, a socket, or the variables of the environment.
import { readFileSync } from 'node:fs'
import { UserError } from '../core/errors/user-error.ts'
import { variable } from '../harness/environment.ts'
import { socketPath } from './socket.ts'

/** Which server to ask. */
export type ServerAddress = { readonly socket: string } | { readonly url: string; readonly token?: string }

/** Where a server may be named, in the order in which it counts. */
export interface ServerNames {
  /** "http://127.0.0.1:8480", "https://tor.example", "unix:/run/routewitness.sock". */
  readonly url?: string | undefined
  readonly socket?: string | undefined
  readonly token?: string | undefined
  /** File that holds the token. */
  readonly tokenFile?: string | undefined
}

/** For people: the URL or the socket. */
export const serverName = (server: ServerAddress): string => ('socket' in server ? server.socket : server.url)

/** The token in a file, without the line break at its end. */
export function readToken(file: string): string {
  let token: string
  try {
    token = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UserError('RW_USAGE', `cannot read the token file ${file}: ${(error as Error).message}`, {
      remedy: 'Name a file that holds the token.',
    })
  }
  if (token === '')
    throw new UserError('RW_USAGE', `the token file ${file} is empty`, {
      remedy: 'Put a token into it, at least 16 characters.',
    })
  return token
}

/**
 * The server that is named; where nothing is, the one of ROUTEWITNESS_SERVER or ROUTEWITNESS_SOCKET, else the usual control
 * socket. ROUTEWITNESS_TOKEN_FILE counts where no token is given. Throws RW_USAGE for a URL that is none.
 */
export function serverOf(names: ServerNames, environment: NodeJS.ProcessEnv): ServerAddress {
  const named = names.url !== undefined || names.socket !== undefined
  const url = names.url ?? (named ? undefined : variable('ROUTEWITNESS_SERVER', environment))
  const socket = names.socket ?? (named ? undefined : variable('ROUTEWITNESS_SOCKET', environment))
  if (url === undefined) return { socket: socketPath(socket, environment) }
  const path = /^unix:(?:\/\/)?(\/.*)$/.exec(url)?.[1]
  if (path !== undefined) return { socket: path }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UserError('RW_USAGE', `${url} is no address of a server`, {
      remedy: 'Write for example http://127.0.0.1:8480, or unix:/run/user/1000/routewitness.sock.',
    })
  const file = names.tokenFile ?? variable('ROUTEWITNESS_TOKEN_FILE', environment)
  const token = names.token ?? (file === undefined ? undefined : readToken(file))
  return { url, ...(token === undefined ? {} : { token }) }
}
