// Where the cluster's objects come from, by the flags of the command line.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../core/errors/user-error.ts'
import type { ClusterObject, ResourceState } from '../core/stream/events.ts'
import { complaintOf, keyPath } from '../core/errors/complaint.ts'
import { keysAt } from '../kube/schema-keys.ts'
import { fromStatic, type StaticEntry } from '../kube/static-source.ts'
import type { Locate } from './options.ts'
import { fromCluster, fromObjects, type ObjectSource } from '../kube/source.ts'

/** The flags --context, --kubeconfig, --in-cluster and --objects. */
export interface SourceFlags {
  readonly context?: string | undefined
  readonly kubeconfig?: string | undefined
  readonly inCluster?: boolean | undefined
  readonly objects?: string | undefined
}

/** Where expected routes come from, as the mapping `expected` of the configuration file says it. */
export interface SourceSettings extends SourceFlags {
  /** Given by hand, as fromStatic takes them. */
  readonly static?: readonly StaticEntry[] | undefined
}

const sourceSchema = z.strictObject({
  context: z.string().optional(),
  kubeconfig: z.string().optional(),
  inCluster: z.boolean().optional(),
  objects: z.string().optional(),
  /** As fromStatic takes them. */
  static: z.array(z.unknown()).optional(),
})

/** The flags, or where none says anything the `expected` mapping of the configuration file. Throws RW_CONFIG. */
export function sourceOf(flags: SourceFlags, file: unknown, locate: Locate | undefined): SourceSettings {
  const { context, kubeconfig, inCluster, objects } = flags
  if (context !== undefined || kubeconfig !== undefined || inCluster === true || objects !== undefined)
    return flags
  if (file === undefined) return {}
  const parsed = sourceSchema.safeParse(file)
  // fromStatic checks its entries, with their paths.
  if (parsed.success) return parsed.data as SourceSettings
  const wrong = complaintOf(parsed.error.issues, (at) => keysAt(sourceSchema, at))
  const path = ['expected', ...wrong.path]
  const place = locate?.(path)
  throw new UserError(
    'RW_CONFIG',
    `${place === undefined ? '' : `${place}: `}${keyPath(path)}: ${wrong.message}`,
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
export function clusterSource(
  flags: SourceSettings,
  environment: NodeJS.ProcessEnv,
): ObjectSource | undefined {
  const { context, kubeconfig, inCluster, objects } = flags
  const given = [
    flags.static !== undefined,
    objects !== undefined,
    inCluster === true,
    context !== undefined || kubeconfig !== undefined,
  ].filter(Boolean).length
  if (given > 1) {
    throw new UserError(
      'RW_USAGE',
      'objects, inCluster and context/kubeconfig exclude each other (--objects, --in-cluster, --context/--kubeconfig)',
      {
        remedy: 'Give one of them.',
      },
    )
  }
  if (flags.static !== undefined) return fromStatic(flags.static, 'expected.static')
  if (objects !== undefined) return fromObjects(objects)
  if (given === 0 && !hasKubeconfig(environment)) return undefined
  return fromCluster({
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(inCluster === true ? { inCluster } : {}),
  })
}

/** The source that a mapping `expected` means. Throws RW_CONFIG, also where it names none and there is no kubeconfig. */
export function sourceFrom(
  settings: SourceSettings,
  locate?: Locate,
  environment: NodeJS.ProcessEnv = process.env,
): ObjectSource {
  const source = clusterSource(sourceOf({}, settings, locate), environment)
  if (source !== undefined) return source
  const place = locate?.(['expected'])
  const where = environment['KUBECONFIG']
    ? 'where KUBECONFIG says'
    : `at ${join(homedir(), '.kube', 'config')}`
  throw new UserError(
    'RW_CONFIG',
    `${place === undefined ? '' : `${place}: `}expected: it names no source, and there is no kubeconfig ${where}`,
    {
      remedy:
        'Name one: kubeconfig, context, inCluster, objects (a directory) or static (a list of nodes). To record only, leave `expected` out.',
    },
  )
}

/** The source of a daemon: what its flags say, else the mapping of its configuration file, else the user's own kubeconfig if there is one. */
export function sourceFor(
  flags: SourceFlags,
  file: unknown,
  locate: Locate | undefined,
  environment: NodeJS.ProcessEnv,
): ObjectSource | undefined {
  const settings = sourceOf(flags, file, locate)
  return file === undefined || settings === flags
    ? clusterSource(settings, environment)
    : sourceFrom(settings, locate, environment)
}

/** What a source has now, and what could be read of it. */
export interface Collected {
  readonly objects: readonly ClusterObject[]
  /** By name of the resource, as in `resource` events. */
  readonly resources: ReadonlyMap<string, ResourceState>
}

/** All objects that a source has now. */
export async function collectObjects(flags: SourceFlags): Promise<readonly ClusterObject[]> {
  return (await collect(flags)).objects
}

/** The same with what could not be read: for judging a recording by other objects than its own. */
export async function collect(flags: SourceFlags): Promise<Collected> {
  const source = clusterSource(flags, process.env)
  if (source === undefined) throw new UserError('RW_CLUSTER', 'there is no kubeconfig')
  const found = new Map<string, ClusterObject>()
  const resources = new Map<string, ResourceState>()
  const key = ({ kind, metadata }: ClusterObject): string =>
    `${kind} ${metadata.namespace ?? ''} ${metadata.name}`
  try {
    // start() returns when the first lists are in.
    await source.start({
      object: (action, object) => {
        if (action === 'set') found.set(key(object), object)
        else found.delete(key(object))
      },
      resource: (resource, state) => void resources.set(resource, state),
    })
  } finally {
    await source.stop()
  }
  return { objects: [...found.values()], resources }
}
