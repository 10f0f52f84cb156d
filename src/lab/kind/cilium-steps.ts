// Cilium by Helm: installed, and brought to another release.
import { UserError } from '../../core/errors/user-error.ts'
import { act, asks, helm, inRouter, kubectl, remember, type LabContext } from './context.ts'
import { chartFile, chartHere, imagesHere, imagesInNodes } from './image-steps.ts'
import { must, type Step } from './step.ts'
import { demandTools } from './tools.ts'
import { bgpResources, ciliumValues } from './values.ts'
import { minorOf } from './versions.ts'

const READY = '10m'

/** What Helm knows of the release: its state and the version of its chart. */
async function helmRelease(
  context: LabContext,
): Promise<{ readonly status: string; readonly version: string } | undefined> {
  const { code, stdout } = await context.runner.ask(
    helm(context, 'list', '--namespace', 'kube-system', '--all', '--filter', '^cilium$', '--output', 'json'),
  )
  if (code !== 0) return undefined
  const [found] = JSON.parse(stdout) as { status: string; chart: string }[]
  return found === undefined
    ? undefined
    : { status: found.status, version: found.chart.replace(/^cilium-/, '') }
}

export const valuesFlags = (context: LabContext): string[] => [
  ...['--namespace', 'kube-system', '--values', context.files.values],
  ...['--wait', '--timeout', READY],
]

export function installCilium(context: LabContext): Step {
  const { plan, files, runner } = context
  const chart = chartHere(context)
  return {
    name: `Cilium ${plan.cilium}`,
    async done() {
      const release = await helmRelease(context)
      if (release !== undefined && release.version !== plan.cilium)
        throw new UserError('RW_LAB', `Cilium ${release.version} is installed, not ${plan.cilium}`, {
          remedy: `Bring it there with: routewitness lab upgrade --name ${plan.name} --cilium ${plan.cilium}`,
        })
      return release?.status === 'deployed'
    },
    async do() {
      if (!(await chart.done())) await chart.do()
      await runner.write(files.values, ciliumValues(plan))
      // An installation that was cut short blocks the next one.
      if ((await helmRelease(context)) !== undefined)
        await act(context, helm(context, 'uninstall', 'cilium', '--namespace', 'kube-system', '--wait'))
      await act(
        context,
        helm(context, 'install', 'cilium', chartFile(context), ...valuesFlags(context)),
        'Look at the pods: kubectl -n kube-system get pods.',
      )
    },
  }
}

/** `lab upgrade`: to another release, with a mark before it, so that the record tells what the rollout did. */
export function upgradeSteps(context: LabContext, from: string): Step[] {
  const { plan, files, runner } = context
  const mark = context.state.upgrade?.mark ?? `before-${plan.cilium}-${context.stamp}`
  const begun = context.state.upgrade !== undefined
  return [
    {
      name: 'tools that it takes',
      async done() {
        await demandTools(runner)
        return !runner.dry
      },
      do: () => Promise.resolve(),
    },
    ...imagesHere(context),
    // A slow pull can take longer than the restart time: the images are there before the rollout begins.
    imagesInNodes(context),
    chartHere(context),
    {
      name: `mark ${mark}`,
      done: () => Promise.resolve(begun),
      async do() {
        await act(context, inRouter(context, 'mark', mark), 'Is the router up? `lab up` starts it again.')
        await remember(context, { upgrade: { to: plan.cilium, mark } })
      },
    },
    {
      name: `Cilium ${from} to ${plan.cilium}`,
      async done() {
        const release = await helmRelease(context)
        return release?.version === plan.cilium && release.status === 'deployed'
      },
      async do() {
        await runner.write(files.values, ciliumValues(plan))
        const release = await helmRelease(context)
        if (release?.status.startsWith('pending') === true)
          await act(
            context,
            helm(context, 'rollback', 'cilium', '--namespace', 'kube-system', '--wait', '--timeout', READY),
          )
        await act(
          context,
          helm(
            context,
            ...['upgrade', 'cilium', chartFile(context), ...valuesFlags(context)],
            ...['--set-string', `upgradeCompatibility=${minorOf(from)}`],
          ),
        )
      },
    },
    {
      name: 'rollout of the agents',
      done: () => Promise.resolve(false),
      async do() {
        await act(
          context,
          kubectl(
            context,
            '--namespace',
            'kube-system',
            'rollout',
            'status',
            'daemonset/cilium',
            `--timeout=${READY}`,
          ),
        )
      },
    },
    {
      name: 'BGP resources of Cilium',
      done: () => asks(context, kubectl(context, 'diff', '-f', files.resources)),
      async do() {
        await runner.write(files.resources, bgpResources(plan))
        await act(context, kubectl(context, 'apply', '-f', files.resources))
      },
    },
    {
      name: `sessions and routes since ${mark}`,
      done: () => Promise.resolve(false),
      async do() {
        const wait = inRouter(context, 'wait', 'converged', '--since', mark, '--timeout', '5m')
        must(wait, await runner.act(wait), 'It says above whom it waited for.')
        const { upgrade: _, ...rest } = context.state
        context.state = rest
        await remember(context, { plan })
      },
    },
  ]
}
