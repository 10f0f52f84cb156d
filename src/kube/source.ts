// Where the cluster's objects come from: a cluster that is watched, or a directory of dumped objects.
import type { ClusterObject, ResourceState } from '../core/stream/events.ts'
import type { ClusterOptions } from './cluster-source.ts'

/** Takes what a source sees; the router makes `object` and `resource` events of it. */
export interface ObjectSink {
  object(action: 'set' | 'deleted', object: ClusterObject): void
  /** `resource` is named as in `resourceName`. */
  resource(resource: string, state: ResourceState, message?: string): void
}

export interface ObjectSource {
  /** For people: the context and server, or the directory. */
  readonly description: string
  /**
   * Begins, and resolves when every resource was seen once (or is known to be absent or forbidden).
   * @throws UserError RW_CLUSTER, RW_OBJECTS
   */
  start(sink: ObjectSink): Promise<void>
  stop(): Promise<void>
}

export type { ClusterOptions }

/** Watches a cluster. The Kubernetes client is loaded when the source starts. */
export function fromCluster(options: ClusterOptions = {}): ObjectSource {
  let started: ObjectSource | undefined
  return {
    get description() {
      return (
        started?.description ??
        (options.context === undefined ? 'the current context' : `context "${options.context}"`)
      )
    },
    async start(sink) {
      const { ClusterSource } = await import('./cluster-source.ts')
      started = new ClusterSource(options)
      await started.start(sink)
    },
    async stop() {
      await started?.stop()
    },
  }
}

/** Reads `*.yaml`, `*.yml` and `*.json` of a directory, as `kubectl get -o yaml` writes them. */
export function fromObjects(directory: string): ObjectSource {
  return {
    description: directory,
    async start(sink) {
      const { readObjects } = await import('./directory-source.ts')
      await readObjects(directory, sink)
    },
    async stop() {},
  }
}
