// Where the cluster's objects come from: a cluster that is watched, or a directory of dumped objects.
import type { ClusterOptions, ObjectSink, ObjectSource } from './contract.ts'

export type { ClusterOptions, ObjectSink, ObjectSource }

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
