// A drill on a kind lab that runs: its own router records, and this process reads along.
import { join } from 'node:path'
import { UserError } from '../../core/errors/user-error.ts'
import type { Drill, DrillParameters, DrillResult } from '../../drill/contract.ts'
import { FollowedRouter } from '../../drill/followed.ts'
import { runDrill } from '../../drill/run.ts'
import { demandNode, demandUse } from '../../drill/uses.ts'
import { KIND_DRILLS, KindCluster } from './cluster.ts'
import { nodesOf, type LabContext } from './context.ts'
import type { LabWorld } from './lab.ts'
import type { Runner } from './runner.ts'
import { filesOf, type LabFiles } from './site.ts'
import { readState, withLock } from './state.ts'
import { demandTools } from './tools.ts'

export interface KindDrillOptions {
  readonly name: string
  readonly parameters?: Partial<DrillParameters> | undefined
  readonly signal?: AbortSignal | undefined
  /** Asks the lab's router to write down all that it has, and to mark an instant: over its control socket. */
  readonly ask: (socket: string, method: 'GET' | 'POST', path: string, body?: unknown) => Promise<unknown>
}

const SECOND = 1e6
/** For Cilium to take over what was changed before the drill. */
const SETTLE = 15 * SECOND

/** Once the drill is interrupted what is left to do is putting back, which nothing stops. */
function steady({ runner, cleaner }: LabWorld, signal: AbortSignal): Runner {
  const now = (): Runner => (signal.aborted ? cleaner : runner)
  return {
    dry: runner.dry,
    ask: (command) => now().ask(command),
    act: (command) => now().act(command),
    compose: (project, file, args) => now().compose(project, file, args),
    write: (file, text, secret) => now().write(file, text, secret),
    remove: (path) => now().remove(path),
  }
}

/** A kind lab's numbers: agents take their time, and two of them may be away at once (the chart's default). */
export function kindParametersOf(drill: Drill, given: Partial<DrillParameters> = {}): DrillParameters {
  const merged: DrillParameters = {
    delay: 0,
    restartTime: 120 * SECOND,
    holdTime: 9 * SECOND,
    connectRetry: 5 * SECOND,
    maxUnavailable: 2,
    span: 20 * SECOND,
    load: 0,
    timeout: 300 * SECOND,
    ...(drill.defaults?.to === undefined ? {} : { to: drill.defaults.to }),
    ...given,
  }
  return drill.needs.gracefulRestart === 'off' ? { ...merged, restartTime: undefined } : merged
}

/**
 * Runs a drill on a kind lab. Throws RW_USAGE (a drill without a kind form), RW_LAB (no such lab, tools missing, a step that
 * failed), DrillInterrupted. The lab's BGP resources are put back whatever happens.
 */
export async function drillOnKindLab(
  world: LabWorld,
  drill: Drill,
  options: KindDrillOptions,
): Promise<DrillResult> {
  if (!KIND_DRILLS.has(drill.id))
    throw new UserError('RW_USAGE', `${drill.id} has no kind form`, {
      remedy: `On kind: ${[...KIND_DRILLS].join(', ')}. All drills run on the native lab: leave --kind out.`,
    })
  demandUse(drill, options.parameters ?? {})
  if (options.parameters?.delay !== undefined)
    throw new UserError(
      'RW_USAGE',
      '--delay is of no use on a kind lab: Kubernetes starts the agents there',
      {
        remedy: 'Leave it out: pull and boot take what they take.',
      },
    )
  const { name } = options
  const files = filesOf(join(world.directory, name))
  if ((await readState(files.state)) === undefined)
    throw new UserError('RW_LAB', `there is no kind lab ${name} in ${world.directory}`, {
      remedy: `Start it: routewitness lab up --name ${name}`,
    })
  // Neither another drill nor `lab down` may work on it meanwhile.
  return withLock(files.lock, () => alone(world, drill, options, files))
}

async function alone(
  world: LabWorld,
  drill: Drill,
  options: KindDrillOptions,
  files: LabFiles,
): Promise<DrillResult> {
  const { name, signal = new AbortController().signal } = options
  const state = await readState(files.state)
  if (state === undefined) throw new UserError('RW_LAB', `kind lab ${name} is gone`)
  if (state.upgrade !== undefined)
    throw new UserError('RW_LAB', `kind lab ${name} is being upgraded to Cilium ${state.upgrade.to}`, {
      remedy: `Finish it: routewitness lab upgrade --name ${name} --cilium ${state.upgrade.to}`,
    })
  demandNode(options.parameters?.node, nodesOf(state.plan))
  if (state.plan.families === 'dual')
    throw new UserError('RW_LAB', `kind lab ${name} has two sessions for each node, one of each family`, {
      remedy: 'Drills on kind take a lab of one family: routewitness lab up --name … --families ipv4.',
    })
  await demandTools(world.runner)
  const context: LabContext = {
    plan: state.plan,
    files,
    runner: steady(world, signal),
    cleaner: world.cleaner,
    progress: world.progress,
    offline: world.offline ?? false,
    source: world.source ?? '',
    stamp: '',
    state,
  }
  const socket = join(files.routerState, 'routewitness.sock')
  const parameters = kindParametersOf(drill, options.parameters)
  const cluster = new KindCluster(context)
  const router = await FollowedRouter.open(
    join(files.routerState, state.trace),
    (method, path, body) => options.ask(socket, method, path, body),
    signal,
  )
  try {
    await cluster.prepare(parameters)
    // Other timers reset every session: that is not what the drill is about.
    await router.pause(SETTLE)
    return await runDrill(drill, {
      cluster,
      router,
      parameters,
      signal,
      progress: (line) => world.progress.tell(line),
    })
  } finally {
    await router.end()
    await new KindCluster({ ...context, runner: world.cleaner }).end()
  }
}
