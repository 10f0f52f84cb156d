// Paths inside one lab's directory. Pure.
import { join } from 'node:path'

export interface Layout {
  directory: string
  kubeconfig: string
  logs: string
  etcdData: string
  /** kube-apiserver's certificates; it makes its own. */
  certificates: string
  certificate: string
  tokens: string
  serviceAccountKey: string
  operatorConfig: string
  speakerConfigs: string
  /** `kubectl` for people, set to this cluster. */
  kubectl: string
}

export function layoutOf(directory: string): Layout {
  const etc = join(directory, 'etc')
  return {
    directory,
    kubeconfig: join(directory, 'kubeconfig'),
    logs: join(directory, 'logs'),
    etcdData: join(directory, 'etcd'),
    certificates: etc,
    certificate: join(etc, 'apiserver.crt'),
    tokens: join(etc, 'tokens.csv'),
    serviceAccountKey: join(etc, 'service-account.key'),
    operatorConfig: join(etc, 'cilium-config'),
    speakerConfigs: join(etc, 'speakers'),
    kubectl: join(directory, 'kubectl'),
  }
}

export const logOf = (layout: Layout, process: string): string => join(layout.logs, `${process}.log`)
export const speakerConfigOf = (layout: Layout, node: string): string =>
  join(layout.speakerConfigs, `${node}.yaml`)
