// Where the cluster's objects come from: a cluster that is watched, or a directory of dumped objects.
import { checkKeys } from '../core/errors/complaint.ts'
import type { ClusterOptions, ObjectSink, ObjectSource } from './contract.ts'
import { withLocalEndpoints } from './local-endpoints.ts'

export type { ClusterOptions, ObjectSink, ObjectSource }

/** A record, so that no option can be forgotten here. */
const CLUSTER_KEYS = Object.keys({
  context: true,
  kubeconfig: true,
  kubeconfigText: true,
  inCluster: true,
  namespace: true,
  timing: true,
  clock: true,
} satisfies Record<keyof ClusterOptions, true>)

/**
 * Watches a cluster: that of a context of the kubeconfig, or of the pod that this runs in. The Kubernetes client is loaded when
 * the source starts. It may be given to several routers, which watch the cluster each by itself. Throws RW_CONFIG for an option
 * that there is not.
 */
export function fromCluster(options: ClusterOptions = {}): ObjectSource {
  checkKeys(options, CLUSTER_KEYS, 'fromCluster')
  /** A watch for each router that it was given to; undefined while the client is loaded. */
  const started = new Map<ObjectSink, ObjectSource | undefined>()
  const named = options.context === undefined ? 'the current context' : `context "${options.context}"`
  let description: string | undefined
  return {
    get description() {
      return description ?? named
    },
    async start(sink) {
      started.set(sink, undefined)
      const { ClusterSource } = await import('./cluster-source.ts')
      // Stopped meanwhile.
      if (!started.has(sink)) return
      const source = new ClusterSource(options)
      started.set(sink, source)
      await source.start(withLocalEndpoints(sink))
      description = source.description
    },
    async stop(sink) {
      const ending = [...started].filter(([its]) => sink === undefined || its === sink)
      for (const [its] of ending) started.delete(its)
      await Promise.all(ending.map(async ([, source]) => source?.stop()))
    },
  }
}

/**
 * Objects as `kubectl get -o yaml` or `-o json` prints them: read from `*.yaml`, `*.yml` and `*.json` of a directory (or one
 * file), or given as they are. Starting throws RW_OBJECTS for what cannot be read, and for a list that is empty.
 */
export function fromObjects(from: string | readonly unknown[]): ObjectSource {
  return {
    description: typeof from === 'string' ? from : `${from.length} objects`,
    async start(sink) {
      const { readObjects, takeObjects } = await import('./directory-source.ts')
      if (typeof from === 'string') await readObjects(from, withLocalEndpoints(sink))
      else takeObjects(from, withLocalEndpoints(sink))
    },
    async stop() {},
  }
}
