import { Command, Option } from 'commander'
import type { CalicoFlags } from '../lab/render/calico.ts'
import type { CiliumFlags } from '../lab/render/cilium.ts'
import type { ComposeFlags } from '../lab/render/compose.ts'
import type { KindFlags } from '../lab/render/kind.ts'
import type { MetallbFlags } from '../lab/render/metallb.ts'
import { wholeNumber } from './shared.ts'

const LARGEST_ASN = 4_294_967_295
const print = (text: string): void => void process.stdout.write(text)

/** `render`: manifests for this router, on standard output. */
export function renderCommand(): Command {
  const command = new Command('render')
    .description('print manifests that make a cluster peer with this router')
    .addHelpText(
      'after',
      `
What is printed says in comments what each part does; standard output is YAML and nothing else.

Examples:
  routewitness render cilium --router 198.18.0.1 | kubectl apply -f -
  routewitness render kind --workers 3 | kind create cluster --config -`,
    )
  for (const add of [addCilium, addCalico, addMetallb, addCompose, addKind]) add(command)
  return command
}

/** The flags that say where the router is and who peers. */
function peeringOptions(command: Command): Command {
  return routerOptions(command)
    .option('--node-selector <key=value...>', 'nodes that peer (default: routewitness=true)')
    .option('--all-nodes', 'every node peers')
}

function routerOptions(command: Command): Command {
  return command
    .requiredOption('--router <address...>', 'address of the router; one of each family for two sessions')
    .option('--port <number>', 'port that the router listens on (default: 1790)', wholeNumber(1, 65_535))
    .option('--asn <number>', 'AS number of the router (default: 64512)', wholeNumber(1, LARGEST_ASN))
    .option('--node-asn <number>', 'AS number of the nodes (default: 64513)', wholeNumber(1, LARGEST_ASN))
    .option('--name <name>', 'name of the objects (default: routewitness)')
}

function timerOptions(command: Command): Command {
  return command
    .option('--hold <seconds>', 'hold time (default: 9)', wholeNumber(3, 65_535))
    .option('--keepalive <seconds>', 'time between KEEPALIVEs (default: a third)', wholeNumber(1, 21_845))
    .option('--connect-retry <seconds>', 'time between dials (default: 1)', wholeNumber(1, 65_535))
}

const familiesOption = (ifNot: string): Option =>
  new Option('--families <which>', `address families (default: ${ifNot})`).choices(['ipv4', 'ipv6', 'dual'])

function addCilium(parent: Command): Command {
  const command = parent
    .command('cilium')
    .description(
      'CiliumBGPClusterConfig, CiliumBGPPeerConfig, CiliumBGPAdvertisement, CiliumLoadBalancerIPPool',
    )
    .option(
      '--cilium-version <version>',
      'release of Cilium: cilium.io/v2 from 1.18, v2alpha1 before (default: 1.20)',
    )
  timerOptions(peeringOptions(command))
    .addOption(familiesOption('dual'))
    .option('--graceful-restart <seconds>', 'restart time (default: 120)', wholeNumber(1, 4095))
    .option('--no-graceful-restart', 'without graceful restart')
    .option(
      '--multihop <hops>',
      'hops between node and router (default: directly connected)',
      wholeNumber(1, 255),
    )
    .option('--advertise <key=value>', 'label that ties advertisements to peers (default: advertise=NAME)')
    .option('--service-selector <key=value...>', 'announce only Services with these labels (default: all)')
    .option('--no-services', 'announce pod CIDRs only')
    .option('--pool <prefix...>', 'ranges for addresses of LoadBalancer Services')
    .option(
      '--witness',
      'only the CiliumBGPPeerConfig for a witness beside real routers; its settings are fixed',
    )
  return command
    .addHelpText(
      'after',
      `
Examples:
  routewitness render cilium --router 198.18.0.1 --pool 198.18.128.0/24 | kubectl apply -f -
  routewitness render cilium --router 198.18.0.1 fd00::1 --cilium-version 1.17 --no-graceful-restart
  routewitness render cilium --router 198.18.0.1 --asn 64999 --witness --advertise advertise=bgp`,
    )
    .action(async (flags: CiliumFlags) =>
      print((await import('../lab/render/cilium.ts')).renderCilium(flags)),
    )
}

function addCalico(parent: Command): Command {
  return peeringOptions(parent.command('calico').description('BGPConfiguration and BGPPeer'))
    .option('--graceful-restart <seconds>', 'restart time (default: 120); always on', wholeNumber(1, 4095))
    .option('--pool <prefix...>', 'addresses of LoadBalancer Services to announce')
    .addHelpText(
      'after',
      `
Each session carries the routes of its own family: give an address of each family for both.

Example:
  routewitness render calico --router 198.18.0.1 --pool 198.18.128.0/24 | kubectl apply -f -`,
    )
    .action(async (flags: CalicoFlags) =>
      print((await import('../lab/render/calico.ts')).renderCalico(flags)),
    )
}

function addMetallb(parent: Command): Command {
  return timerOptions(
    peeringOptions(parent.command('metallb').description('BGPPeer, IPAddressPool, BGPAdvertisement')),
  )
    .requiredOption('--pool <prefix...>', 'ranges for addresses of LoadBalancer Services')
    .option('--graceful-restart', 'with graceful restart (FRR mode only)')
    .option('--multihop', 'the router is not directly connected (FRR mode only)')
    .option('--namespace <name>', 'namespace of MetalLB (default: metallb-system)')
    .addHelpText(
      'after',
      `
Example:
  routewitness render metallb --router 198.18.0.1 --pool 198.18.128.0/24 --all-nodes | kubectl apply -f -`,
    )
    .action(async (flags: MetallbFlags) =>
      print((await import('../lab/render/metallb.ts')).renderMetallb(flags)),
    )
}

function addCompose(parent: Command): Command {
  return routerOptions(
    parent.command('compose').description('a compose file that runs this router as a container'),
  )
    .option('--hold <seconds>', 'hold time to offer (default: 90)', wholeNumber(3, 65_535))
    .option('--network <name>', 'Docker network of the nodes (default: kind)')
    .option('--image <image>', 'image of the router (default: routewitness:dev)')
    .option(
      '--state <dir>',
      'folder on the host for trace and control socket (default: ./routewitness-state)',
    )
    .option('--kubeconfig <file>', 'cluster to compare with: `kind get kubeconfig --internal`')
    .option('--user <uid:gid>', "who the router runs as (default: the image's user)")
    .addHelpText(
      'after',
      `
Example:
  docker network create kind --subnet 198.18.64.0/20 --ip-range 198.18.64.0/21
  routewitness render compose --router 198.18.79.1 > compose.yaml && docker compose up -d`,
    )
    .action(async (flags: ComposeFlags) =>
      print((await import('../lab/render/compose.ts')).renderCompose(flags)),
    )
}

function addKind(parent: Command): Command {
  return parent
    .command('kind')
    .description('the configuration of a kind cluster without a network of its own')
    .option('--name <name>', 'name of the cluster (default: routewitness)')
    .option('--workers <number>', 'workers beside the control plane (default: 2)', wholeNumber(0, 20))
    .addOption(familiesOption('ipv4'))
    .option(
      '--pod-subnet <prefix...>',
      'becomes Node.spec.podCIDRs (default: 10.244.0.0/16, fd00:10:244::/56)',
    )
    .option('--service-subnet <prefix...>', 'cluster addresses (default: 10.96.0.0/16, fd00:10:96::/112)')
    .option('--node-image <image>', "image of the nodes (default: kind's own)")
    .option('--node-label <key=value>', 'label of every node (default: routewitness=true)')
    .addHelpText(
      'after',
      '\nExample:\n  routewitness render kind --workers 3 | kind create cluster --config -',
    )
    .action(async (flags: KindFlags) => print((await import('../lab/render/kind.ts')).renderKind(flags)))
}
