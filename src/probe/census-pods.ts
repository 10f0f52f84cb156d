// The census by a DaemonSet: its manifest, and finding its pods.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { UserError } from '../core/errors/user-error.ts'
import { podAccess, type Access } from './access.ts'

const NAME = 'routewitness-census'
const NAMESPACE = 'kube-system'
const LABELS = { 'app.kubernetes.io/name': NAME }
/** Anything with sh, grep, cat and sleep. */
const IMAGE = 'busybox:1.36'

/** kubectl with the cluster that the flags name. */
export function kubectlCommand(flags: {
  readonly context?: string
  readonly kubeconfig?: string
}): readonly string[] {
  return [
    'kubectl',
    ...(flags.context === undefined ? [] : ['--context', flags.context]),
    ...(flags.kubeconfig === undefined ? [] : ['--kubeconfig', flags.kubeconfig]),
  ]
}

/**
 * The nodes that the DaemonSet has a running pod on.
 * @throws UserError RW_PROBE when they cannot be listed, or there is none
 */
export async function censusPods(
  kubectl: readonly string[],
  namespace = NAMESPACE,
): Promise<readonly Access[]> {
  const [program = 'kubectl', ...args] = kubectl
  const selector = Object.entries(LABELS).map(([key, value]) => `${key}=${value}`)
  let text: string
  try {
    const { stdout } = await promisify(execFile)(
      program,
      [...args, 'get', 'pods', '-n', namespace, '-l', selector.join(','), '-o', 'json'],
      { maxBuffer: 64 << 20 },
    )
    text = stdout
  } catch (error) {
    throw new UserError(
      'RW_PROBE',
      `the pods of the census cannot be listed: ${(error as Error).message.trim()}`,
      {
        remedy: 'Check --context and --kubeconfig.',
        cause: error,
      },
    )
  }
  const { items } = JSON.parse(text) as {
    items: { metadata: { name: string }; spec: { nodeName?: string }; status?: { phase?: string } }[]
  }
  const running = items.filter(
    ({ spec, status }) => spec.nodeName !== undefined && status?.phase === 'Running',
  )
  if (running.length === 0)
    throw new UserError('RW_PROBE', `there is no running pod of the census in namespace ${namespace}`, {
      remedy: 'Apply it: routewitness probe census --manifest | kubectl apply -f -',
    })
  return running.map(({ metadata, spec }) => podAccess(spec.nodeName!, namespace, metadata.name, kubectl))
}

/**
 * Folders that nodes have: a runtime would make one that is missing, and the census changes nothing. Where nodes have tuned,
 * add /etc/tuned.
 */
const MOUNTED = ['/etc/sysctl.d', '/usr/lib']

/**
 * YAML of a DaemonSet that can read what the census reads, and nothing else: the network of the host, so that /proc/sys/net
 * is the node's; no capability, no privilege, no token of the API; a read-only file system, and read-only mounts.
 */
export function censusManifest(): string {
  const volume = (path: string): string => path.slice(1).replaceAll(/[/.]/g, '-')
  return stringify(
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: NAME, namespace: NAMESPACE, labels: LABELS },
      spec: {
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS },
          spec: {
            hostNetwork: true,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 1,
            tolerations: [{ operator: 'Exists' }],
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65_534,
              runAsGroup: 65_534,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            containers: [
              {
                name: 'census',
                image: IMAGE,
                // It only waits: what is read is read by `kubectl exec`.
                command: ['sh', '-c', 'while :; do sleep 3600; done'],
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
                resources: { requests: { cpu: '1m', memory: '4Mi' }, limits: { memory: '32Mi' } },
                volumeMounts: MOUNTED.map((path) => ({
                  name: volume(path),
                  mountPath: `/host${path}`,
                  readOnly: true,
                })),
              },
            ],
            volumes: MOUNTED.map((path) => ({ name: volume(path), hostPath: { path } })),
          },
        },
      },
    },
    { lineWidth: 0 },
  )
}
