// What every step of a lab works with.
import { dirname, join } from 'node:path'
import { routerContainer } from '../render/compose.ts'
import { must, type Progress } from './step.ts'
import type { Command, Finished, Runner } from './runner.ts'
import { stateText, type LabState } from './state.ts'
import type { LabFiles, LabPlan } from './site.ts'

export interface LabContext {
  readonly plan: LabPlan
  readonly files: LabFiles
  readonly runner: Runner
  /** Takes back what was cut short: it is not stopped by the Ctrl-C that stopped the other. */
  readonly cleaner: Runner
  readonly progress: Progress
  readonly offline: boolean
  /** Top of the package: package.json, dist and lab/Dockerfile are there. */
  readonly source: string
  /** When the command was given, for names that are to be new: "20260102-030405". */
  readonly stamp: string
  state: LabState
}

/** Where preloaded images and charts lie: beside the labs. */
export const preloadDirectory = (files: LabFiles): string => join(dirname(files.directory), 'preload')

export const docker = (...args: string[]): Command => ({ program: 'docker', args })

export const kubectl = ({ files }: LabContext, ...args: string[]): Command => ({
  program: 'kubectl',
  args: ['--kubeconfig', files.kubeconfig, ...args],
})

export const helm = ({ files }: LabContext, ...args: string[]): Command => ({
  program: 'helm',
  args: ['--kubeconfig', files.kubeconfig, ...args],
})

/** kind, told which network to use. */
export const kind = ({ plan }: LabContext, ...args: string[]): Command => ({
  program: 'kind',
  args,
  env: { KIND_EXPERIMENTAL_DOCKER_NETWORK: plan.network },
})

/** A command of ours in the router's container, where the control socket is at its default place. */
export const inRouter = ({ plan }: LabContext, ...args: string[]): Command =>
  docker('exec', routerContainer(plan.name), 'routewitness', ...args)

/** Does it, and it has to end well. */
export async function act({ runner }: LabContext, command: Command, remedy?: string): Promise<Finished> {
  return must(command, await runner.act(command), remedy)
}

export async function asks({ runner }: LabContext, command: Command): Promise<boolean> {
  return (await runner.ask(command)).code === 0
}

/** Writes down what is so now, before anything that depends on it is begun. */
export async function remember(context: LabContext, change: Partial<LabState>): Promise<void> {
  context.state = { ...context.state, ...change }
  await context.runner.write(context.files.state, stateText(context.state), true)
}

/** Names of the containers that kind makes, control plane first. */
export function nodesOf({ name, workers }: LabPlan): string[] {
  const worker = (at: number): string => (at === 0 ? `${name}-worker` : `${name}-worker${at + 1}`)
  return [`${name}-control-plane`, ...Array.from({ length: workers }, (_, at) => worker(at))]
}
