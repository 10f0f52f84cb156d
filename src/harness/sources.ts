// Where the cluster's objects come from, by the flags of the command line.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { UserError } from '../core/errors/user-error.ts'
import type { ClusterObject } from '../core/stream/events.ts'
import { fromCluster, fromObjects, type ObjectSource } from '../kube/source.ts'

/** The flags --context, --kubeconfig, --in-cluster and --objects. */
export interface SourceFlags {
  readonly context?: string
  readonly kubeconfig?: string
  readonly inCluster?: boolean
  readonly objects?: string
}

/** The usual places of a kubeconfig: any of them is there. */
function hasKubeconfig(environment: NodeJS.ProcessEnv): boolean {
  const named = environment['KUBECONFIG']
  const files =
    named === undefined || named === '' ? [join(homedir(), '.kube', 'config')] : named.split(delimiter)
  return files.some((file) => file !== '' && existsSync(file))
}

/** The source that the flags name; without flags the current context of the user's kubeconfig, or undefined when there is none. */
export function clusterSource(flags: SourceFlags, environment: NodeJS.ProcessEnv): ObjectSource | undefined {
  const { context, kubeconfig, inCluster, objects } = flags
  const given = [
    objects !== undefined,
    inCluster === true,
    context !== undefined || kubeconfig !== undefined,
  ].filter(Boolean).length
  if (given > 1) {
    throw new UserError('RW_USAGE', '--objects, --in-cluster and --context/--kubeconfig exclude each other', {
      remedy: 'Give one of them.',
    })
  }
  if (objects !== undefined) return fromObjects(objects)
  if (given === 0 && !hasKubeconfig(environment)) return undefined
  return fromCluster({
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(inCluster === true ? { inCluster } : {}),
  })
}

/** All objects that a source has now: for judging a recording by other objects than its own. */
export async function collectObjects(flags: SourceFlags): Promise<ClusterObject[]> {
  const source = clusterSource(flags, process.env)
  if (source === undefined) throw new UserError('RW_CLUSTER', 'there is no kubeconfig')
  const found = new Map<string, ClusterObject>()
  const key = ({ kind, metadata }: ClusterObject): string =>
    `${kind} ${metadata.namespace ?? ''} ${metadata.name}`
  try {
    // start() returns when the first lists are in.
    await source.start({
      object: (action, object) => {
        if (action === 'set') found.set(key(object), object)
        else found.delete(key(object))
      },
      resource: () => undefined,
    })
  } finally {
    await source.stop()
  }
  return [...found.values()]
}
