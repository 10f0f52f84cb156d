// Requests to a Kubernetes API server. The official client reads the kubeconfig and brings credentials; the requests
// are ours, because its informer dies for good after one abrupt drop and its watch has no limit on silence.
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { createInterface } from 'node:readline'
import type { KubeConfig } from '@kubernetes/client-node'

/** The API server answered with something else than 200. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}

export interface WatchEvent {
  readonly type: string
  readonly object: unknown
}

export type Query = Readonly<Record<string, string | undefined>>

export interface RequestLimits {
  readonly signal: AbortSignal
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly silence: number
}

export class ApiClient {
  readonly #config: KubeConfig
  readonly server: string

  constructor(config: KubeConfig) {
    this.#config = config
    this.server = config.getCurrentCluster()?.server ?? ''
  }

  /**
   * @param accept what is to come: JSON of whole objects unless told otherwise
   * @returns the body, parsed
   * @throws ApiError for an answer other than 200; Error when there is none
   */
  async get(path: string, query: Query, limits: RequestLimits, accept?: string): Promise<unknown> {
    const response = await this.#open(path, query, limits, accept)
    return JSON.parse(await readText(response))
  }

  /**
   * Calls `opened` when the server has accepted the watch, then `take` for every event until the server ends it.
   * @throws ApiError, or Error when the connection is lost
   */
  async watch(
    path: string,
    query: Query,
    limits: RequestLimits,
    opened: () => void,
    take: (event: WatchEvent) => void,
  ): Promise<void> {
    const response = await this.#open(path, { ...query, watch: '1' }, limits)
    opened()
    const failed = new Promise<never>((_resolve, reject) => {
      response.once('error', reject)
      response.once('aborted', () => reject(new Error('the connection was lost')))
    })
    failed.catch(() => undefined)
    const lines = (async () => {
      for await (const line of createInterface({ input: response, crlfDelay: Infinity }))
        if (line !== '' && !limits.signal.aborted) take(JSON.parse(line) as WatchEvent)
      if (!response.complete) throw new Error('the connection was lost')
    })()
    try {
      await Promise.race([lines, failed])
    } finally {
      lines.catch(() => undefined)
      response.destroy()
    }
  }

  async #open(
    path: string,
    query: Query,
    limits: RequestLimits,
    accept = 'application/json',
  ): Promise<IncomingMessage> {
    const url = new URL(this.server.replace(/\/$/, '') + path)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, value)
    const options: RequestOptions = { headers: { accept } }
    await this.#config.applyToHTTPSOptions(options)
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const send = url.protocol === 'http:' ? httpRequest : httpsRequest
      const request = send(url, { ...options, method: 'GET', signal: limits.signal, timeout: limits.silence })
      request.once('response', resolve)
      request.on('error', reject)
      request.once('timeout', () => request.destroy(new Error(`no answer for ${limits.silence / 1000} s`)))
      request.end()
    })
    if (response.statusCode === 200) return response
    const body = await readText(response).catch(() => '')
    throw new ApiError(
      response.statusCode ?? 0,
      messageOf(body) ?? `${response.statusCode} ${response.statusMessage}`,
    )
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response) text += chunk as string
  return text
}

/** The message of a Status object. */
function messageOf(body: string): string | undefined {
  try {
    const status: unknown = JSON.parse(body)
    if (
      typeof status === 'object' &&
      status !== null &&
      'message' in status &&
      typeof status.message === 'string'
    )
      return status.message
  } catch {
    // not JSON: the status line has to do
  }
  return undefined
}
