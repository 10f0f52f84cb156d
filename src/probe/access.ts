// Ways to a node, for reading its sysctls: each is the command that runs a shell there.
import { hostname } from 'node:os'
import { UserError } from '../core/errors/user-error.ts'

export interface Access {
  readonly node: string
  /** "docker exec kind-worker". */
  readonly text: string
  /** Stands in front of `sh -c …`; keeps standard input open. */
  readonly command: readonly string[]
  /** Where the node's own files are, without a slash at the end: "/host" in a pod that has them mounted there. */
  readonly root: string
}

const EXAMPLES = 'Write for example local, netns:node1, docker:kind-worker or pod:kube-system/census-x7k2p.'

/**
 * Reads "[NODE=]local", "[NODE=]netns:NAME", "[NODE=]docker:CONTAINER", "[NODE=]pod:NAMESPACE/NAME"; the node is named by
 * what follows the colon unless given. Throws RW_USAGE.
 */
export function parseAccess(
  text: string,
  options: { readonly root?: string; readonly kubectl?: readonly string[] } = {},
): Access {
  const at = text.indexOf('=')
  const given = at < 0 ? undefined : text.slice(0, at)
  const [kind, name = ''] = split(text.slice(at + 1))
  const root = options.root ?? ''
  if (kind === 'local') return { node: given ?? hostName(), text: 'this machine', command: [], root }
  if (name !== '') {
    if (kind === 'netns')
      return {
        node: given ?? name,
        text: `network namespace ${name}`,
        command: ['ip', 'netns', 'exec', name],
        root,
      }
    if (kind === 'docker')
      return {
        node: given ?? name,
        text: `docker exec ${name}`,
        command: ['docker', 'exec', '-i', name],
        root,
      }
    const [namespace, pod, ...more] = name.split('/')
    if (kind === 'pod' && namespace !== undefined && pod !== undefined && more.length === 0)
      return podAccess(given ?? pod, namespace, pod, options.kubectl ?? ['kubectl'])
  }
  throw new UserError('RW_USAGE', `"${text}" names no way to a node`, { remedy: EXAMPLES })
}

/** By way of a pod of the census DaemonSet, which has the node's files under /host. */
export function podAccess(node: string, namespace: string, pod: string, kubectl: readonly string[]): Access {
  const command = [...kubectl, 'exec', '-i', '-n', namespace, pod, '--']
  return { node, text: `pod ${namespace}/${pod}`, command, root: '/host' }
}

function split(text: string): [string, string?] {
  const at = text.indexOf(':')
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

function hostName(): string {
  return process.env['NODE_NAME'] ?? hostname()
}
