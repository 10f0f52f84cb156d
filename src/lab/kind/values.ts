// Helm values of Cilium for the lab, and the objects that are applied after it.
import { yamlFile, yamlStream } from '../render/yaml.ts'
import { renderCilium } from '../render/cilium.ts'
import { addressesOf, ofFamilies, POOL, SERVICE_POOL, type LabPlan } from './site.ts'

/** Values for `helm install cilium`, the same keys for 1.18, 1.19 and 1.20. */
export function ciliumValues(plan: LabPlan): string {
  const has = (family: 'ipv4' | 'ipv6'): boolean => plan.families === family || plan.families === 'dual'
  return yamlFile({
    about: `Values of Cilium ${plan.cilium} for the lab: BGP, allocation by the operator, and nothing that the lab does not look at.`,
    value: {
      bgpControlPlane: { enabled: true },
      ipam: {
        mode: 'cluster-pool',
        operator: {
          ...(has('ipv4')
            ? { clusterPoolIPv4PodCIDRList: [POOL.ipv4.cidr], clusterPoolIPv4MaskSize: POOL.ipv4.mask }
            : {}),
          ...(has('ipv6')
            ? { clusterPoolIPv6PodCIDRList: [POOL.ipv6.cidr], clusterPoolIPv6MaskSize: POOL.ipv6.mask }
            : {}),
        },
      },
      ipv4: { enabled: has('ipv4') },
      ipv6: { enabled: has('ipv6') },
      routingMode: 'native',
      autoDirectNodeRoutes: true,
      ...(has('ipv4') ? { ipv4NativeRoutingCIDR: POOL.ipv4.cidr } : {}),
      ...(has('ipv6') ? { ipv6NativeRoutingCIDR: POOL.ipv6.cidr, enableIPv6Masquerade: true } : {}),
      operator: { replicas: 1, image: { useDigest: false } },
      image: { pullPolicy: 'IfNotPresent', useDigest: false },
      envoy: { enabled: false },
      l7Proxy: false,
      hubble: { enabled: false },
    },
    notes: {
      ipam: "Another pool than kind's podSubnet: a node that announces Node.spec.podCIDRs is seen at once.",
      routingMode: 'Nodes share a network and the router has their routes: no tunnel is needed.',
      'image.useDigest': 'Images that were loaded by their tag have no digest to be found by.',
      envoy: 'One image less; BGP does not need it.',
    },
  })
}

/** BGP resources for the router of the lab. */
export function bgpResources(plan: LabPlan): string {
  return renderCilium({
    router: addressesOf(plan).router,
    families: plan.families,
    asn: plan.asn,
    nodeAsn: plan.nodeAsn,
    name: plan.name,
    ciliumVersion: plan.cilium,
    pool: ofFamilies(plan, SERVICE_POOL),
  })
}

/** Port of the echo server in its pods. */
const PORT = 8080

/** Tells pod and node to whoever asks, so that a reply shows who gave it. Run by Node, which the router's image has. */
const SERVER = `require('node:http').createServer((request, response) => response.end(
  JSON.stringify({ echo: 'routewitness', pod: process.env.POD, node: process.env.NODE }) + '\\n',
)).listen(${PORT})
process.once('SIGTERM', () => process.exit(0))
`

/** An echo server behind two Services: one that every node announces, one announced where its pods are. */
export function echoWorkload(plan: LabPlan): string {
  const labels = { app: 'routewitness-echo' }
  const service = (name: string, policy: 'Cluster' | 'Local'): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: policy,
      ipFamilyPolicy: plan.families === 'dual' ? 'RequireDualStack' : 'SingleStack',
      selector: labels,
      ports: [{ name: 'http', port: 80, targetPort: 'http' }],
    },
  })
  const field = (name: string, fieldPath: string): object => ({
    name,
    valueFrom: { fieldRef: { fieldPath } },
  })
  return yamlStream('A workload that is reached through addresses which Cilium announces.', [
    {
      about: 'Answers with the names of its pod and node.',
      value: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'routewitness-echo', labels },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                {
                  name: 'echo',
                  image: plan.image,
                  imagePullPolicy: 'Never',
                  command: ['node', '--eval', SERVER],
                  env: [field('POD', 'metadata.name'), field('NODE', 'spec.nodeName')],
                  ports: [{ name: 'http', containerPort: PORT }],
                  readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 2 },
                },
              ],
              // A cluster without workers has nothing but its control plane.
              tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
            },
          },
        },
      },
      notes: {
        'spec.replicas': 'One pod: the node that has it is the only one to announce the Local Service.',
        'spec.template.spec.containers.0.imagePullPolicy': 'It was loaded into the nodes.',
      },
    },
    { about: 'Every node announces its address.', value: service('echo-cluster', 'Cluster') },
    { about: 'Only nodes with a ready pod announce its address.', value: service('echo-local', 'Local') },
  ])
}
