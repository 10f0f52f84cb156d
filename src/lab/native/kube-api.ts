// The few calls that bringing up a lab makes to its API server, without the second that each kubectl costs.
import { readFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { collectionPath, type KubeObject } from './objects.ts'

export interface KubeResponse {
  status: number
  body: unknown
}

export class KubeApi {
  readonly #server: string
  readonly #certificate: string
  readonly #token: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 })
  #ca: Buffer | undefined

  /** `certificate`: path of the server's certificate, which may come into being later. */
  constructor(server: string, certificate: string, token: string) {
    this.#server = server
    this.#certificate = certificate
    this.#token = token
  }

  /** One request. Rejects if the server cannot be reached; every answer resolves. */
  async call(method: string, path: string, body?: unknown, type = 'application/json'): Promise<KubeResponse> {
    this.#ca ??= await readFile(this.#certificate)
    const headers = {
      authorization: `Bearer ${this.#token}`,
      accept: 'application/json',
      'content-type': type,
    }
    const options = { method, headers, agent: this.#agent, ca: this.#ca, timeout: 30_000 }
    return new Promise((resolve, reject) => {
      const call = request(new URL(path, this.#server), options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: parse(text) }))
      })
      call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer`)))
      call.on('error', reject)
      call.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  /** What lies at the path; undefined if nothing does. */
  async get<T>(path: string): Promise<T | undefined> {
    const { status, body } = await this.call('GET', path)
    if (status === 404) return undefined
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${describe(body)}`)
    return body as T
  }

  /** Creates the object; one that is there already stays as it is. */
  async create(object: KubeObject): Promise<void> {
    const { status, body } = await this.call('POST', collectionPath(object), object)
    if (status === 201 || status === 409) return
    throw new Error(`creating ${object.kind} ${object.metadata.name}: ${status} ${describe(body)}`)
  }

  /** Creates the object, or replaces the one that is there. */
  async replace(object: KubeObject): Promise<void> {
    const path = `${collectionPath(object)}/${object.metadata.name}`
    const there = await this.get<KubeObject>(path)
    if (there === undefined) return this.create(object)
    const { resourceVersion } = there.metadata as { resourceVersion?: string }
    const next = { ...object, metadata: { ...object.metadata, resourceVersion } }
    const { status, body } = await this.call('PUT', path, next)
    if (status !== 200)
      throw new Error(`replacing ${object.kind} ${object.metadata.name}: ${status} ${describe(body)}`)
  }

  /** JSON merge patch (RFC 7386). */
  async patch(path: string, patch: object): Promise<void> {
    const { status, body } = await this.call('PATCH', path, patch, 'application/merge-patch+json')
    if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${describe(body)}`)
  }

  /** Deletes the object if it is there. */
  async remove(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): Promise<void> {
    const { status, body } = await this.call('DELETE', `${collectionPath(object)}/${object.metadata.name}`)
    if (status === 200 || status === 202 || status === 404) return
    throw new Error(`deleting ${object.kind} ${object.metadata.name}: ${status} ${describe(body)}`)
  }

  /** True once the server says that it is ready. */
  async ready(): Promise<boolean> {
    try {
      return (await this.call('GET', '/readyz')).status === 200
    } catch {
      this.#ca = undefined // half written, perhaps
      return false
    }
  }

  close(): void {
    this.#agent.destroy()
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const describe = (body: unknown): string =>
  (body as { message?: string } | undefined)?.message ?? JSON.stringify(body)
