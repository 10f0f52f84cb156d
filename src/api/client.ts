// Asking a running `serve`: through its control socket, or over TCP with a token.
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { isUserError, UserError, userErrorFrom, type UserErrorJson } from '../core/errors/user-error.ts'

/** Which server to ask. */
export type ServerAddress = { readonly socket: string } | { readonly url: string; readonly token?: string }

/** An error that the server reported, as it travels. */
export interface ErrorBody {
  readonly error: UserErrorJson
}

const isErrorBody = (body: unknown): body is ErrorBody =>
  typeof body === 'object' && body !== null && 'error' in body

const name = (server: ServerAddress): string => ('socket' in server ? server.socket : server.url)

function open(server: ServerAddress, method: string, path: string, body: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      const why =
        error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? 'nobody serves there' : error.message
      reject(new UserError('RW_NO_SERVER', `cannot ask ${name(server)}: ${why}`, { cause: error }))
    }
    const options = { method, headers: { 'content-type': 'application/json' } as Record<string, string> }
    let call: ClientRequest
    if ('socket' in server) {
      call = request({ ...options, socketPath: server.socket, path })
    } else {
      if (server.token !== undefined) options.headers['authorization'] = `Bearer ${server.token}`
      if (!URL.canParse(path, server.url)) {
        reject(
          new UserError('RW_USAGE', `--server ${server.url} is no URL`, {
            remedy: 'Write for example http://127.0.0.1:8480.',
          }),
        )
        return
      }
      call = request(new URL(path, server.url), options)
    }
    call.once('error', failed).once('response', resolve)
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

async function failure(response: IncomingMessage, server: ServerAddress): Promise<UserError> {
  const body = await text(response)
  try {
    const parsed: unknown = JSON.parse(body)
    if (isErrorBody(parsed)) return userErrorFrom(parsed.error)
  } catch {
    // not JSON: told below
  }
  return new UserError(
    'RW_NO_SERVER',
    `${name(server)} answered ${response.statusCode}: ${body.slice(0, 200)}`,
  )
}

/** One question, one JSON answer. Errors of the server come back as the UserError they were. */
export async function ask<T>(
  server: ServerAddress,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await open(server, method, path, body)
  if (response.statusCode !== 200) throw await failure(response, server)
  return JSON.parse(await text(response)) as T
}

/** A question whose answer is a stream of JSON lines. Ends when the server ends it. */
export async function* follow<T>(
  server: ServerAddress,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): AsyncGenerator<T> {
  const response = await open(server, method, path, body)
  if (response.statusCode !== 200) throw await failure(response, server)
  try {
    for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
      if (line === '') continue
      const value: unknown = JSON.parse(line)
      if (isErrorBody(value)) throw userErrorFrom(value.error)
      yield value as T
    }
  } finally {
    response.destroy()
  }
}

/** How often a server that is not there yet is asked for. Milliseconds. */
const ASK_AGAIN = 200

/**
 * Waits until the server answers, at most `patience` milliseconds; its last refusal is thrown then.
 * @param onLate told once, when it does not answer at once
 * @returns how long it had to wait, in milliseconds; 0 when it had not
 */
export async function untilServed(
  server: ServerAddress,
  patience: number,
  onLate: () => void,
): Promise<number> {
  const begun = performance.now()
  for (let tries = 0; ; tries++) {
    try {
      await ask(server, 'GET', '/v1/state')
      return tries === 0 ? 0 : Math.round(performance.now() - begun)
    } catch (error) {
      const gone = isUserError(error) && error.code === 'RW_NO_SERVER'
      if (!gone || performance.now() - begun + ASK_AGAIN > patience) throw error
      if (tries === 0) onLate()
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN))
    }
  }
}
