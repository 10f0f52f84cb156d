// Configuration that Cilium's programs read: the cilium-config ConfigMap, and MetalLB's format for the speakers. Pure.
import type { LabNode } from './nodes.ts'
import type { LabPlan } from './plan.ts'

const POOL = { 'cluster-pool-ipv4-cidr': '10.5.112.0/21', 'cluster-pool-ipv4-mask-size': '24' }
const POOL_V6 = { 'cluster-pool-ipv6-cidr': 'fd10::/104', 'cluster-pool-ipv6-mask-size': '120' }

/** data of ConfigMap kube-system/cilium-config: tells IPAM mode, pools, and which BGP speaker is on. */
export function ciliumConfig(plan: LabPlan): Record<string, string> {
  return {
    ipam: plan.ipam,
    ...(plan.ipam === 'cluster-pool' ? { ...POOL, ...(plan.ipv6 ? POOL_V6 : {}) } : {}),
    'enable-ipv4': 'true',
    'enable-ipv6': String(plan.ipv6),
    'identity-allocation-mode': 'crd',
    ...(plan.kind === 'speakers'
      ? { 'bgp-announce-pod-cidr': 'true', 'bgp-announce-lb-ip': 'false' }
      : {
          'enable-bgp-control-plane': 'true',
          'enable-bgp-control-plane-status-report': 'true',
          'bgp-secrets-namespace': 'kube-system',
        }),
  }
}

/** The operator's --config-dir, one file for each key. It has no flags for the BGP options. */
export function operatorConfig(plan: LabPlan, socket: string): Record<string, string> {
  return {
    ...ciliumConfig(plan),
    // A cluster without kubelets: nothing may be collected because it looks dead.
    'nodes-gc-interval': '0',
    'unmanaged-pod-watcher-interval': '0',
    // The operator would create its CRDs one a second; the lab creates them all at once.
    'skip-crd-creation': 'true',
    'operator-api-serve-addr': '127.0.0.1:0',
    'enable-metrics': 'false',
    'enable-gops': 'false',
    'shell-sock-path': socket,
  }
}

/** MetalLB configuration of one node's speaker (JSON, which is YAML too). Without a node: what the cluster shares. */
export function speakerConfig(plan: LabPlan, node?: LabNode): string {
  const peer = {
    'peer-address': plan.router.address,
    'peer-port': plan.router.port,
    'peer-asn': plan.router.asn,
    'my-asn': plan.localAsn,
    'hold-time': `${plan.hold}s`,
    // All speakers share 127.0.0.1: the identifier is what tells them apart.
    ...(node === undefined ? {} : { 'router-id': node.address }),
  }
  return `${JSON.stringify({ peers: [peer] }, null, 2)}\n`
}
