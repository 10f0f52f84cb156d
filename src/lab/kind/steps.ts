// The steps of `lab up`, in their order: network, images, cluster, router, Cilium, its BGP resources, a workload.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../core/errors/user-error.ts'
import { LAB_LABEL, renderCompose, routerContainer } from '../render/compose.ts'
import { renderKind } from '../render/kind.ts'
import { act, asks, docker, inRouter, kind, kubectl, nodesOf, remember, type LabContext } from './context.ts'
import { imagesHere, imagesInNodes } from './image-steps.ts'
import { addressesOf, SUBNET_V6 } from './site.ts'
import { must, type Step } from './step.ts'
import { demandTools } from './tools.ts'
import { bgpResources, echoWorkload } from './values.ts'
import { installCilium } from './cilium-steps.ts'

/** How long the parts of a cluster may take to become ready. */
export const READY = '10m'

export function upSteps(context: LabContext): Step[] {
  return [
    tools(context),
    network(context),
    ...imagesHere(context),
    cluster(context),
    imagesInNodes(context),
    router(context),
    installCilium(context),
    resources(context),
    workload(context),
    converged(context),
  ]
}

function tools({ runner }: LabContext): Step {
  return {
    name: 'tools that it takes',
    async done() {
      await demandTools(runner)
      return !runner.dry
    },
    do: () => Promise.resolve(),
  }
}

interface NetworkInspect {
  readonly Labels?: Readonly<Record<string, string>> | null
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string }[] | null }
}

/** The network comes first: Docker gives fixed addresses only on a network that was made with its range. */
function network(context: LabContext): Step {
  const { plan, runner } = context
  return {
    name: `network ${plan.network}`,
    async done() {
      const { code, stdout } = await runner.ask(docker('network', 'inspect', plan.network))
      if (code !== 0) return false
      const found = (JSON.parse(stdout) as NetworkInspect[])[0]
      const owner = found?.Labels?.[LAB_LABEL]
      if (owner !== plan.name)
        throw new UserError(
          'RW_LAB',
          owner === undefined
            ? `there is a network ${plan.network} which this lab did not make`
            : `network ${plan.network} belongs to lab ${owner}`,
          {
            remedy: `Take another one with --network NAME${owner === undefined ? `, or remove it (docker network rm ${plan.network}) if nothing needs it` : ', and another --subnet'}.`,
          },
        )
      const subnets = (found?.IPAM?.Config ?? []).map(({ Subnet }) => Subnet)
      if (!subnets.includes(plan.subnet))
        throw new UserError(
          'RW_LAB',
          `network ${plan.network} is on ${subnets.join(' and ')}, not on ${plan.subnet}`,
          {
            remedy: 'Take the lab down first.',
          },
        )
      return true
    },
    async do() {
      // From here on there is something that `down` has to know of.
      await remember(context, {})
      await act(
        context,
        docker(
          ...[
            'network',
            'create',
            plan.network,
            '--driver',
            'bridge',
            '--label',
            `${LAB_LABEL}=${plan.name}`,
          ],
          ...['--subnet', plan.subnet, '--ip-range', addressesOf(plan).nodes],
          ...['--ipv6', '--subnet', SUBNET_V6],
          ...['--opt', 'com.docker.network.bridge.enable_ip_masquerade=true'],
        ),
        'If its range overlaps with another network, give a free one with --subnet.',
      )
    },
  }
}

/** kind deletes what it made when it fails, but not when it is stopped: a half-made cluster is deleted. */
function cluster(context: LabContext): Step {
  const { plan, files, runner, cleaner } = context
  const remove = kind(context, 'delete', 'cluster', '--name', plan.name, '--kubeconfig', files.kubeconfig)
  return {
    name: `kind cluster ${plan.name} with ${plan.workers} workers`,
    async done() {
      const { stdout } = await runner.ask(kind(context, 'get', 'clusters'))
      if (!stdout.split(/\s+/).includes(plan.name)) return false
      if (context.state.cluster === 'none')
        throw new UserError('RW_LAB', `there is a kind cluster ${plan.name} which this lab did not make`, {
          remedy: 'Give the lab another name with --name, or delete that cluster yourself.',
        })
      if (context.state.cluster === 'begun') return false
      for (const node of nodesOf(plan)) {
        const { stdout: running } = await runner.ask(
          docker('inspect', '--format', '{{.State.Running}}', node),
        )
        if (running.trim() !== 'true')
          throw new UserError('RW_LAB', `node ${node} does not run`, {
            remedy: `Start it (docker start ${node}), or make the lab anew: lab down, then lab up.`,
          })
      }
      return true
    },
    async do() {
      if (context.state.cluster === 'begun') await act(context, remove)
      await runner.write(
        files.kindConfig,
        renderKind({
          name: plan.name,
          workers: plan.workers,
          families: plan.families,
          nodeImage: plan.nodeImage,
        }),
      )
      await remember(context, { cluster: 'begun' })
      await act(
        context,
        kind(context, 'create', 'cluster', '--config', files.kindConfig, '--kubeconfig', files.kubeconfig),
        'Nodes need privileged containers and cgroups; kind says more with --retain and `kind export logs`.',
      )
      await remember(context, { cluster: 'made' })
    },
    async undo() {
      must(remove, await cleaner.act(remove))
      context.state = { ...context.state, cluster: 'none' }
      await cleaner.write(files.state, `${JSON.stringify(context.state, undefined, 2)}\n`, true)
    },
  }
}

/** The compose file of the router; who runs the lab owns its record. */
function composeFile({ plan, files, state }: LabContext): string {
  const user = [process.getuid?.(), process.getgid?.()]
  return renderCompose({
    name: plan.name,
    router: addressesOf(plan).router,
    asn: plan.asn,
    nodeAsn: plan.nodeAsn,
    network: plan.network,
    image: plan.image,
    hold: 9,
    state: files.routerState,
    trace: state.trace,
    kubeconfig: files.routerKubeconfig,
    ...(user[0] === undefined ? {} : { user: user.join(':') }),
    lab: true,
  })
}

function router(context: LabContext): Step {
  const { plan, files, runner } = context
  const container = routerContainer(plan.name)
  return {
    name: `router at ${addressesOf(plan).router.join(' and ')}, AS ${plan.asn}`,
    async done() {
      const format = `{{.State.Running}} {{index .Config.Labels "${LAB_LABEL}"}}`
      const { code, stdout } = await runner.ask(docker('inspect', '--format', format, container))
      if (code !== 0) return false
      const [running, owner] = stdout.trim().split(' ')
      if (owner !== plan.name)
        throw new UserError('RW_LAB', `there is a container ${container} which this lab did not make`, {
          remedy: 'Remove it, or give the lab another name with --name.',
        })
      const before = await readFile(files.compose, 'utf8').catch(() => undefined)
      return running === 'true' && before === composeFile(context)
    },
    async do() {
      const get = kind(context, 'get', 'kubeconfig', '--internal', '--name', plan.name)
      const internal = await runner.ask(get)
      if (!runner.dry) must(get, internal)
      await runner.write(files.routerKubeconfig, internal.stdout, true)
      // Docker would make it for root.
      await runner.write(
        join(files.routerState, 'README'),
        'Record and control socket of the router of a lab.\n',
      )
      await runner.write(files.compose, composeFile(context))
      must(
        `compose up of ${files.compose}`,
        await runner.compose(plan.name, files.compose, ['up', '--detach']),
      )
    },
  }
}

function resources(context: LabContext): Step {
  const { files, runner, plan } = context
  const kinds = [
    'ciliumbgpclusterconfigs',
    'ciliumbgppeerconfigs',
    'ciliumbgpadvertisements',
    'ciliumloadbalancerippools',
  ]
  return {
    name: 'BGP resources of Cilium',
    done: () => asks(context, kubectl(context, 'diff', '-f', files.resources)),
    async do() {
      await runner.write(files.resources, bgpResources(plan))
      for (const condition of ['create', 'condition=Established']) {
        const names = kinds.map((name) => `crd/${name}.cilium.io`)
        await act(
          context,
          kubectl(context, 'wait', `--for=${condition}`, '--timeout=2m', ...names),
          "Cilium's operator makes these: look at its log (kubectl -n kube-system logs deploy/cilium-operator).",
        )
      }
      await act(context, kubectl(context, 'apply', '-f', files.resources))
    },
  }
}

function workload(context: LabContext): Step {
  const { files, runner, plan } = context
  return {
    name: 'echo server with a Cluster and a Local Service',
    done: () => asks(context, kubectl(context, 'diff', '-f', files.workload)),
    async do() {
      await runner.write(files.workload, echoWorkload(plan))
      await act(context, kubectl(context, 'apply', '-f', files.workload))
      await act(
        context,
        kubectl(context, 'rollout', 'status', 'deployment/routewitness-echo', `--timeout=${READY}`),
      )
    },
  }
}

function converged(context: LabContext): Step {
  return {
    name: 'sessions and routes',
    done: () => asks(context, inRouter(context, 'wait', 'converged', '--timeout', '1s')),
    async do() {
      await act(
        context,
        inRouter(context, 'wait', 'converged', '--timeout', '5m'),
        'It says above whom it waited for.',
      )
    },
  }
}
