// What every source of objects is, and how a cluster is watched.
import type { ClusterObject, ResourceState } from '../core/stream/events.ts'
import type { Clock } from '../net/clock.ts'

/** Takes what a source sees; the router makes `object` and `resource` events of it. */
export interface ObjectSink {
  object(action: 'set' | 'deleted', object: ClusterObject): void
  /** `resource` is named as in `resourceName`. */
  resource(resource: string, state: ResourceState, message?: string): void
}

/** May be given to several routers: each starts it with a sink of its own. */
export interface ObjectSource {
  /** For people: the context and server, or the directory. */
  readonly description: string
  /**
   * Begins, and resolves when every resource was seen once (or is known to be absent or forbidden).
   * @throws UserError RW_CLUSTER, RW_OBJECTS
   */
  start(sink: ObjectSink): Promise<void>
  /** Ends what was started with this sink; left out, everything. */
  stop(sink?: ObjectSink): Promise<void>
}

export interface ClusterOptions {
  /** Path of a kubeconfig; left out, what kubectl would take. */
  readonly kubeconfig?: string | undefined
  /** A kubeconfig as text, instead of a path. */
  readonly kubeconfigText?: string | undefined
  readonly context?: string | undefined
  /** Use the service account of the pod that we run in. */
  readonly inCluster?: boolean | undefined
  /** Where Cilium is installed; kube-system unless set. */
  readonly namespace?: string | undefined
  readonly timing?: Partial<Timing> | undefined
  /** Tells how long a watch lasted; the machine's, unless set. */
  readonly clock?: Pick<Clock, 'now'> | undefined
}

/** All in milliseconds. */
export interface Timing {
  /** How long a watch is asked to last: within this time the server is heard of, or it is gone. */
  readonly watch: number
  /** Silence after which a connection counts as dead; more than `watch`. */
  readonly silence: number
  /** First pause after a failure that came right after another; doubles up to `longestPause`. */
  readonly pause: number
  readonly longestPause: number
  /** How often a resource that is absent or forbidden is asked for again. */
  readonly again: number
}
