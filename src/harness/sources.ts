// Where the cluster's objects come from, by the flags of the command line.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../core/errors/user-error.ts'
import type { ClusterObject } from '../core/stream/events.ts'
import type { Locate } from './options.ts'
import { fromCluster, fromObjects, type ObjectSource } from '../kube/source.ts'

/** The flags --context, --kubeconfig, --in-cluster and --objects. */
export interface SourceFlags {
  readonly context?: string | undefined
  readonly kubeconfig?: string | undefined
  readonly inCluster?: boolean | undefined
  readonly objects?: string | undefined
}

const sourceSchema = z.strictObject({
  context: z.string().optional(),
  kubeconfig: z.string().optional(),
  inCluster: z.boolean().optional(),
  objects: z.string().optional(),
})

/** The flags, or where none says anything the `expected` mapping of the configuration file. Throws RW_CONFIG. */
export function sourceOf(flags: SourceFlags, file: unknown, locate: Locate | undefined): SourceFlags {
  const { context, kubeconfig, inCluster, objects } = flags
  if (context !== undefined || kubeconfig !== undefined || inCluster === true || objects !== undefined)
    return flags
  if (file === undefined) return {}
  const parsed = sourceSchema.safeParse(file)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const unknown = issue.code === 'unrecognized_keys' ? [issue.keys[0]!] : []
  const path = ['expected', ...issue.path, ...unknown]
  const message = unknown.length > 0 ? 'no such option' : issue.message
  throw new UserError(
    'RW_CONFIG',
    `${locate === undefined ? '' : `${locate(path)}: `}${path.join('.')}: ${message}`,
  )
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
