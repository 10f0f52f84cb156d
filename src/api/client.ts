// Asking a running `serve`: through its control socket, or over TCP with a token.
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as secureRequest } from 'node:https'
import { createInterface } from 'node:readline'
import { isUserError, UserError, userErrorFrom, type UserErrorJson } from '../core/errors/user-error.ts'
import { VERSION } from '../harness/version.ts'
import { agreement, VERSION_HEADER } from '../harness/versions.ts'
import { serverName as name, type ServerAddress } from './address.ts'

/** An error that the server reported, as it travels. */
export interface ErrorBody {
  readonly error: UserErrorJson
}

const isErrorBody = (body: unknown): body is ErrorBody =>
  typeof body === 'object' && body !== null && 'error' in body

function open(
  server: ServerAddress,
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(unreachable(server, error))
    }
    const options = {
      method,
      ...(signal === undefined ? {} : { signal }),
      headers: { 'content-type': 'application/json' } as Record<string, string>,
    }
    let call: ClientRequest
    if ('socket' in server) {
      call = request({ ...options, socketPath: server.socket, path })
    } else {
      if (server.token !== undefined) options.headers['authorization'] = `Bearer ${server.token}`
      const url = new URL(path, server.url)
      call = (url.protocol === 'https:' ? secureRequest : request)(url, options)
    }
    call.once('error', failed).once('response', (response) => {
      const theirs = response.headers[VERSION_HEADER]
      // Earlier versions do not say.
      if (typeof theirs !== 'string' || agreement(VERSION, theirs) !== 'incompatible')
        return resolve(response)
      response.destroy()
      reject(versionError(server, theirs, 'they do not go together'))
    })
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** Why a server cannot be asked, and what to do about it. */
function unreachable(server: ServerAddress, error: NodeJS.ErrnoException): UserError {
  const nobody = error.code === 'ENOENT' || error.code === 'ECONNREFUSED'
  const why = nobody ? 'nobody serves there' : error.message
  const remedy =
    error.code === 'EACCES'
      ? 'The control socket is for the user who started `serve`: be that user, or ask over HTTP with a token.'
      : 'socket' in server
        ? 'Start `routewitness serve`, or name its socket (--socket, or attachRouter("unix:/PATH")).'
        : 'Start `routewitness serve`, or give the URL that it prints behind "http" (that of serveRouter is `.url`).'
  return new UserError('RW_NO_SERVER', `cannot ask ${name(server)}: ${why}`, { cause: error, remedy })
}

/** The other side is of a version that does not go with ours. */
export const versionError = (server: ServerAddress, theirs: string, why: string): UserError =>
  new UserError('RW_VERSION', `${name(server)} runs routewitness ${theirs}, and this is ${VERSION}: ${why}`)

/** The connection ended in the middle of an answer. */
export const wentAway = (server: ServerAddress, cause: unknown): UserError =>
  new UserError('RW_NO_SERVER', `${name(server)} went away before it had answered`, {
    cause,
    remedy: 'See what the `serve` there said last.',
  })

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

/**
 * One question, one JSON answer. Errors of the server come back as the UserError they were; throws RW_VERSION when it is of
 * a version that does not go with ours.
 */
export async function ask<T>(
  server: ServerAddress,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await open(server, method, path, body, signal)
  if (response.statusCode !== 200) throw await failure(response, server)
  let answer: string
  try {
    answer = await text(response)
  } catch (error) {
    throw wentAway(server, error)
  }
  return JSON.parse(answer) as T
}

/** A question whose answer is a stream of JSON lines. Ends when the server ends it. */
export async function* follow<T>(
  server: ServerAddress,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  const response = await open(server, method, path, body, signal)
  if (response.statusCode !== 200) throw await failure(response, server)
  try {
    for await (const line of createInterface({ input: response, crlfDelay: Infinity })) {
      if (line === '') continue
      const value: unknown = JSON.parse(line)
      if (isErrorBody(value)) throw userErrorFrom(value.error)
      yield value as T
    }
  } catch (error) {
    throw isUserError(error) ? error : wentAway(server, error)
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
