// Requests to the embedded API server and the shapes of its answers.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WatchedKind } from '../core/expected/kinds.ts'
import type { ClusterObject } from '../core/stream/events.ts'
import { StoreError } from './api-store.ts'

/** Where a request points: a resource type, and maybe one object of it. */
export interface Target {
  readonly kind: WatchedKind
  readonly version: string
  readonly namespace: string | undefined
  readonly name: string | undefined
}

export const PATH =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)\/(?:namespaces\/(?<namespace>[^/]+)\/)?(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/status)?$/

export function selects({ kind, namespace, name }: Target, object: ClusterObject): boolean {
  if (object.kind !== kind.kind || (name !== undefined && object.metadata.name !== name)) return false
  return namespace === undefined || object.metadata.namespace === namespace
}

/** Objects are stored once and served in the version that was asked for, as CRDs without conversion are. */
export function versioned(object: ClusterObject, target: Pick<Target, 'kind' | 'version'>): ClusterObject {
  return { ...object, apiVersion: apiVersionOf(target) }
}

export function apiVersionOf({ kind, version }: Pick<Target, 'kind' | 'version'>): string {
  return kind.group === '' ? version : `${kind.group}/${version}`
}

export function shaped(value: unknown, target: Target): ClusterObject {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Partial<ClusterObject>
  const name = target.name ?? given.metadata?.name
  if (typeof name !== 'string' || name === '') throw new StoreError(422, 'metadata.name is required')
  const metadata = {
    ...given.metadata,
    name,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
  }
  return { ...given, apiVersion: apiVersionOf(target), kind: target.kind.kind, metadata }
}

export async function body(request: IncomingMessage): Promise<unknown> {
  request.setEncoding('utf8')
  let text = ''
  for await (const chunk of request) text += chunk as string
  return JSON.parse(text)
}

export function notFound(response: ServerResponse, { kind, name }: Target): void {
  send(response, 404, status(404, 'NotFound', `${kind.plural} "${name ?? ''}" not found`))
}

export function status(code: number, reason: string, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }
}

export function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`
}

export function send(response: ServerResponse, code: number, value: unknown): void {
  response.writeHead(code, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}
