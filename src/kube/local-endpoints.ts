// EndpointSlices are many and change all the time; only those of Services with a traffic policy Local are of interest.
import { isLocalService } from '../core/expected/services.ts'
import { SERVICE_NAME_LABEL } from '../core/stream/stored-service.ts'
import type { ClusterObject } from '../core/stream/events.ts'
import type { ObjectSink } from './contract.ts'

interface Slice {
  readonly object: ClusterObject
  readonly service: string
}

/**
 * Passes everything on but EndpointSlices of Services that have no traffic policy Local. When a Service gets one, or
 * comes after its slices, they are passed on then; when it loses it, they are deleted.
 */
export function withLocalEndpoints(sink: ObjectSink): ObjectSink {
  const local = new Set<string>()
  const slices = new Map<string, Slice>()
  const ofService = new Map<string, Set<string>>()

  const drop = (key: string, deleted: ClusterObject): void => {
    const slice = slices.get(key)
    if (slice === undefined) return
    slices.delete(key)
    const keys = ofService.get(slice.service)
    keys?.delete(key)
    if (keys?.size === 0) ofService.delete(slice.service)
    if (local.has(slice.service)) sink.object('deleted', deleted)
  }

  const take = (key: string, object: ClusterObject): void => {
    const service = nameIn(object.metadata.namespace, object.metadata.labels?.[SERVICE_NAME_LABEL] ?? '')
    const before = slices.get(key)
    if (before !== undefined && before.service !== service) drop(key, before.object)
    slices.set(key, { object, service })
    const keys = ofService.get(service)
    if (keys === undefined) ofService.set(service, new Set([key]))
    else keys.add(key)
    if (local.has(service)) sink.object('set', object)
  }

  const serviceIs = (service: string, isLocal: boolean): void => {
    if (isLocal === local.has(service)) return
    if (isLocal) local.add(service)
    else local.delete(service)
    for (const key of ofService.get(service) ?? [])
      sink.object(isLocal ? 'set' : 'deleted', slices.get(key)!.object)
  }

  return {
    object(action, object) {
      const { kind, metadata } = object
      const key = nameIn(metadata.namespace, metadata.name)
      if (kind === 'EndpointSlice') {
        if (action === 'deleted') drop(key, object)
        else take(key, object)
        return
      }
      sink.object(action, object)
      if (kind === 'Service') serviceIs(key, action === 'set' && isLocalService(object))
    },
    resource: (resource, state, message) => sink.resource(resource, state, message),
  }
}

const nameIn = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`
