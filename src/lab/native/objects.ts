// The lab's Kubernetes objects: the templates of lab/native/manifests, filled in. Pure.
import { parseAllDocuments } from 'yaml'
import { ciliumConfig, speakerConfig } from './config.ts'
import type { LabNode } from './nodes.ts'
import type { LabPlan } from './plan.ts'

export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  [field: string]: unknown
}

/** Templates by file name ("node.yaml"). */
export type Templates = Readonly<Record<string, string>>

/** Objects of one template: every $NAME is replaced; one without a value is an error. */
export function render(template: string, values: Readonly<Record<string, string | number>>): KubeObject[] {
  const text = template.replace(/\$([A-Z_]+)/g, (_match, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the template has $${name}, for which there is no value`)
    return String(value)
  })
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    return document.toJS() as KubeObject
  })
}

/** Node and CiliumNode, and where sessions have a source address the override that sets it. */
export function nodeObjects(plan: LabPlan, node: LabNode, templates: Templates): KubeObject[] {
  const values = { NODE: node.name, ADDRESS: node.address, SOURCE: node.source ?? '' }
  const objects = render(templates['node.yaml'] ?? '', values)
  for (const object of objects) {
    if (object.kind === 'Node')
      object['spec'] = { podCIDR: node.nodePodCidrs[0], podCIDRs: node.nodePodCidrs }
    if (object.kind === 'CiliumNode' && node.ciliumPodCidrs !== undefined) {
      object['spec'] = { ...(object['spec'] as object), ipam: { podCIDRs: node.ciliumPodCidrs } }
    }
  }
  return plan.kind === 'cilium' ? [...objects, ...render(templates['override.yaml'] ?? '', values)] : objects
}

/** cilium-config and the DaemonSet, then what configures BGP in this kind of lab. */
export function clusterObjects(plan: LabPlan, templates: Templates): KubeObject[] {
  const installation = render(templates['cilium.yaml'] ?? '', { RELEASE: plan.release }).map((object) =>
    object.kind === 'ConfigMap' ? { ...object, data: ciliumConfig(plan) } : object,
  )
  if (plan.kind === 'speakers') {
    const [config] = render(templates['bgp-config.yaml'] ?? '', {})
    return config === undefined
      ? installation
      : [...installation, { ...config, data: { 'config.yaml': speakerConfig(plan) } }]
  }
  return [
    ...installation,
    ...bgpObjects(plan, templates),
    ...(plan.services ? serviceObjects(plan, templates) : []),
  ]
}

interface PeerConfigSpec {
  families: { afi: string }[]
  gracefulRestart?: { enabled: boolean; restartTimeSeconds: number }
}

export function bgpObjects(plan: LabPlan, templates: Templates): KubeObject[] {
  const objects = render(templates['bgp.yaml'] ?? '', {
    LOCAL_ASN: plan.localAsn,
    ROUTER_ADDRESS: plan.router.address,
    ROUTER_PORT: plan.router.port,
    ROUTER_ASN: plan.router.asn,
    HOLD: plan.hold,
    KEEPALIVE: plan.keepalive,
  })
  for (const object of objects) {
    if (object.kind !== 'CiliumBGPPeerConfig') continue
    const spec = object['spec'] as PeerConfigSpec
    if (plan.ipv6) spec.families.push(...spec.families.map((family) => ({ ...family, afi: 'ipv6' })))
    if (plan.gracefulRestart !== undefined) {
      spec.gracefulRestart = { enabled: true, restartTimeSeconds: plan.gracefulRestart }
    }
  }
  return objects
}

function serviceObjects(plan: LabPlan, templates: Templates): KubeObject[] {
  const objects = render(templates['services.yaml'] ?? '', {})
  if (plan.ipv6) return objects
  for (const object of objects) {
    const spec = object['spec'] as { blocks?: { cidr: string }[] } | undefined
    if (spec?.blocks !== undefined) spec.blocks = spec.blocks.filter((block) => !block.cidr.includes(':'))
  }
  return objects.filter((object) => object['addressType'] !== 'IPv6')
}

/** Path of the object's collection in the API: "/api/v1/nodes". All kinds of the lab have regular plurals. */
export function collectionPath(object: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): string {
  const root = object.apiVersion.includes('/') ? '/apis' : '/api'
  const namespace = object.metadata.namespace === undefined ? '' : `/namespaces/${object.metadata.namespace}`
  return `${root}/${object.apiVersion}${namespace}/${object.kind.toLowerCase()}s`
}
