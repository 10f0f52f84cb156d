// The steps of `lab down`: what the lab made, and nothing else.
import { LAB_LABEL, routerContainer } from '../render/compose.ts'
import { act, asks, docker, kind, remember, type LabContext } from './context.ts'
import { must, type Step } from './step.ts'
import { demandTools } from './tools.ts'

export function downSteps(context: LabContext, purge: boolean): Step[] {
  const { plan, files, runner } = context
  const container = routerContainer(plan.name)
  /** Docker's objects are ours when they have our label; one that is not there is nobody's. */
  const label = async (...inspect: string[]): Promise<boolean> => {
    const { code, stdout } = await runner.ask(docker(...inspect))
    return code === 0 && stdout.trim() === plan.name
  }
  return [
    {
      name: 'tools that it takes',
      async done() {
        await demandTools(runner, ['kind'])
        return !runner.dry
      },
      do: () => Promise.resolve(),
    },
    {
      name: `router ${container}`,
      done: async () =>
        !(await label('inspect', '--format', `{{index .Config.Labels "${LAB_LABEL}"}}`, container)) &&
        !runner.dry,
      async do() {
        must(`compose down of ${files.compose}`, await runner.compose(plan.name, files.compose, ['down']))
      },
    },
    {
      name: `kind cluster ${plan.name}`,
      async done() {
        const { stdout } = await runner.ask(kind(context, 'get', 'clusters'))
        const there = stdout.split(/\s+/).includes(plan.name)
        return (!there || context.state.cluster === 'none') && !runner.dry
      },
      async do() {
        await act(
          context,
          kind(context, 'delete', 'cluster', '--name', plan.name, '--kubeconfig', files.kubeconfig),
        )
        await remember(context, { cluster: 'none' })
      },
    },
    {
      name: `network ${plan.network}`,
      done: async () =>
        !(await label(
          ...['network', 'inspect', '--format', `{{index .Labels "${LAB_LABEL}"}}`, plan.network],
        )) && !runner.dry,
      async do() {
        await act(
          context,
          docker('network', 'rm', plan.network),
          `Containers that are still on it: docker network inspect ${plan.network}.`,
        )
      },
    },
    {
      name: 'files of the lab',
      done: async () =>
        !runner.dry &&
        !(await asks(context, { program: 'test', args: ['-e', purge ? files.directory : files.state] })),
      async do() {
        const { directory, routerState, ...single } = files
        if (purge) return runner.remove(directory)
        for (const file of Object.values(single)) if (file !== files.lock) await runner.remove(file)
        if (!(await asks(context, { program: 'test', args: ['-e', routerState] })) && !runner.dry)
          return runner.remove(directory)
        context.progress.tell(`the record stays in ${routerState}; --purge removes it too`)
      },
    },
  ]
}
