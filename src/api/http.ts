// The few pieces of HTTP that the API needs: routes, JSON in and out, errors as JSON, streams of JSON lines.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Debug } from '../harness/debug.ts'
import { isUserError, UserError, whatHappened } from '../core/errors/user-error.ts'
import { VERSION } from '../harness/version.ts'
import { VERSION_HEADER } from '../harness/versions.ts'

/** Largest request body, bytes. */
const BODY_LIMIT = 1 << 20

export interface Call {
  readonly query: URLSearchParams
  readonly body: unknown
  /** Ends when the client goes away. */
  readonly signal: AbortSignal
}

/** What a route gives: a value as JSON, one as pieces of JSON text, text with its type, or JSON lines one by one. */
export type Answer =
  | { readonly json: unknown }
  | { readonly pieces: AsyncIterable<string> }
  | { readonly text: string; readonly type: string }
  | { readonly lines: AsyncIterable<unknown> }

export interface ApiRoute {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Changes state, or costs enough to ask for the token everywhere but on the control socket. */
  readonly guarded: boolean
  /** What it is good for, as the subject of "… needs the token of this server". */
  readonly what: string
  /** Names of the parameters that it takes. */
  readonly parameters?: readonly string[]
  readonly answer: (call: Call) => Answer | Promise<Answer>
}

/** A field of a request's body. Throws RW_USAGE when it is no text. */
export function textField(body: unknown, name: string): string {
  const value =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
  if (typeof value !== 'string') throw new UserError('RW_USAGE', `the request needs "${name}" as text`)
  return value
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += (chunk as Buffer).length
    if (length > BODY_LIMIT) throw new UserError('RW_USAGE', `the request is larger than ${BODY_LIMIT} bytes`)
    chunks.push(chunk as Buffer)
  }
  if (length === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new UserError('RW_USAGE', 'the body of the request is no JSON')
  }
}

const STATUS: Partial<Record<string, number>> = {
  RW_USAGE: 400,
  RW_CONFIG: 400,
  RW_NOTHING_TO_CHECK: 400,
  RW_NOT_FOUND: 404,
  RW_DENIED: 401,
  RW_NOT_READY: 503,
}

function errorBody(error: unknown): {
  status: number
  body: { error: { code: string; message: string; remedy: string } }
} {
  if (isUserError(error)) {
    const { code, remedy } = error
    return { status: STATUS[code] ?? 500, body: { error: { code, message: whatHappened(error), remedy } } }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    status: 500,
    body: {
      error: { code: 'RW_INTERNAL', message, remedy: 'This is a fault of routewitness: please report it.' },
    },
  }
}

async function writeLines(
  response: ServerResponse,
  lines: AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
  // Headers at once, so that a client knows that its question was understood.
  response.flushHeaders()
  try {
    for await (const line of lines)
      if (!(await written(response, `${JSON.stringify(line)}\n`, signal))) return
  } catch (error) {
    response.write(`${JSON.stringify(errorBody(error).body)}\n`)
  }
  response.end()
}

/** What was begun cannot be refused any more: where a piece is missing the connection ends before the answer does. */
async function writePieces(
  response: ServerResponse,
  pieces: AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  try {
    for await (const piece of pieces) if (!(await written(response, piece, signal))) return
    response.end('\n')
  } catch (error) {
    response.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

/** @returns false, with nothing written, when the client has gone */
async function written(response: ServerResponse, text: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  if (!response.write(text)) await drained(response, signal)
  return true
}

/** Leaves no listener behind, because a stream that is watched for days fills up many times. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted) return done()
    response.once('drain', done)
    signal.addEventListener('abort', done, { once: true })
  })
}

function readUrl(path = '/'): URL {
  // "//x" would be another host.
  if (path.startsWith('//') || !URL.canParse(path, 'http://localhost'))
    throw new UserError('RW_USAGE', `"${path}" is no path`)
  return new URL(path, 'http://localhost')
}

const METHOD_NOT_ALLOWED = 405

function notServed(path: string, here: readonly ApiRoute[], routes: readonly ApiRoute[]): UserError {
  if (here.length > 0) {
    const methods = here.map((route) => route.method).join(', ')
    return new UserError('RW_USAGE', `${path} takes ${methods}`, { remedy: `Use ${methods}.` })
  }
  return new UserError('RW_NOT_FOUND', `there is no ${path}`, {
    remedy: `There are ${routes.map((route) => route.path).join(', ')}.`,
  })
}

/** A misspelt parameter would otherwise be an answer to another question. */
function refuseUnknownParameters(url: URL, { path, parameters = [] }: ApiRoute): void {
  for (const name of url.searchParams.keys()) {
    if (parameters.includes(name)) continue
    throw new UserError('RW_USAGE', `${path} takes no parameter "${name}"`, {
      remedy: parameters.length === 0 ? 'It takes none.' : `It takes ${parameters.join(', ')}.`,
    })
  }
}

/** A line of DEBUG=routewitness:api when the answer is complete, or the client gone. */
function traceRequest({ method, url }: IncomingMessage, response: ServerResponse): void {
  const debug = new Debug()
  if (!debug.has('api')) return
  const begun = performance.now()
  response.once('close', () => {
    const took = `${Math.round(performance.now() - begun)}ms`
    const how = response.writableFinished ? took : `${took}, the client went away`
    debug.line('api', Date.now() * 1e3, method, url, String(response.statusCode), how)
  })
}

/** Answers one request from `routes`. `allowed` says whether a guarded route may be used. */
export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly ApiRoute[],
  allowed: () => boolean,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.setHeader(VERSION_HEADER, VERSION)
  traceRequest(request, response)
  try {
    const url = readUrl(request.url)
    const here = routes.filter((route) => route.path === url.pathname)
    const route = here.find((entry) => entry.method === request.method)
    if (route === undefined) {
      if (here.length > 0) response.setHeader('allow', here.map((entry) => entry.method).join(', '))
      throw notServed(url.pathname, here, routes)
    }
    refuseUnknownParameters(url, route)
    if (route.guarded && !allowed())
      throw new UserError('RW_DENIED', `${route.what} needs the token of this server`, {
        remedy:
          'Give the token of this server (--token-file, or attachRouter(url, { token })), or use its control socket. `serve` takes the token from --token-file, serveRouter makes one.',
      })
    const answer = await route.answer({
      query: url.searchParams,
      body: await readBody(request),
      signal: gone.signal,
    })
    if ('lines' in answer) {
      await writeLines(response, answer.lines, gone.signal)
      return
    }
    if ('pieces' in answer) {
      await writePieces(response, answer.pieces, gone.signal)
      return
    }
    const [text, type] =
      'json' in answer ? [`${JSON.stringify(answer.json)}\n`, 'application/json'] : [answer.text, answer.type]
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
  } catch (error) {
    const { body, ...told } = errorBody(error)
    const status = response.hasHeader('allow') ? METHOD_NOT_ALLOWED : told.status
    if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify(body)}\n`)
  }
}
