// The kind lab: up, down, status, preload and upgrade.
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isUserError, UserError } from '../../core/errors/user-error.ts'
import { upgradeSteps } from './cilium-steps.ts'
import { inRouter, preloadDirectory, type LabContext } from './context.ts'
import { downSteps } from './down-steps.ts'
import { preloadSteps } from './image-steps.ts'
import { commandLine, type Runner } from './runner.ts'
import { filesOf, planOf, type LabFlags, type LabPlan } from './site.ts'
import { readState, withLock, type LabState } from './state.ts'
import { execute, type Progress } from './step.ts'
import { upSteps } from './steps.ts'
import { demandTools } from './tools.ts'
import { ciliumRelease } from './versions.ts'

/** What a lab is run with. */
export interface LabWorld {
  readonly runner: Runner
  /** Takes back what was cut short; not stopped by what stops `runner`. */
  readonly cleaner: Runner
  readonly progress: Progress
  /** Folder of all labs. */
  readonly directory: string
  readonly now: () => Date
  readonly offline?: boolean
  /** Top of the package; default: where this file is. */
  readonly source?: string
}

const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '')

/**
 * Brings a lab up, or goes on where an earlier `up` stopped; then judges what the nodes announce.
 * @returns the exit code of `check`
 * @throws UserError RW_USAGE (options), StepError (a step failed), PlanInterrupted
 */
export async function labUp(world: LabWorld, flags: LabFlags): Promise<number> {
  const name = planOf(flags).name
  return onLab(world, name, async (state) => {
    if (state?.upgrade !== undefined)
      throw new UserError('RW_LAB', `lab ${name} is being upgraded to Cilium ${state.upgrade.to}`, {
        remedy: `Finish it: ${again('upgrade', name)} --cilium ${state.upgrade.to}`,
      })
    const plan = state === undefined ? planOf(flags) : agreed(state.plan, flags)
    const context = contextOf(world, plan, state)
    await execute(upSteps(context), world.progress, {
      again: again('up', name, world),
      end: again('down', name),
    })
    return verdict(context)
  })
}

/** Removes what the lab made; the record stays unless `purge`. */
export async function labDown(
  world: LabWorld,
  { name, purge = false }: { readonly name?: string; readonly purge?: boolean },
): Promise<void> {
  const plan = planOf({ ...(name === undefined ? {} : { name }) })
  if (!world.runner.dry && (await neverWas(join(world.directory, plan.name)))) {
    world.progress.tell(`there is no lab ${plan.name} in ${world.directory}: nothing to remove`)
    return
  }
  await onLab(world, plan.name, async (state) => {
    const context = contextOf(world, state?.plan ?? plan, state)
    await execute(downSteps(context, purge), world.progress, { again: again('down', plan.name) })
  })
}

/** One part of a lab and how it is: undefined when it is as it should be. */
export interface PartStatus {
  readonly part: string
  readonly complaint: string | undefined
}

export interface LabStatus {
  readonly plan: LabPlan
  readonly directory: string
  readonly parts: readonly PartStatus[]
}

/** @throws UserError RW_LAB when there is no lab of that name, or no Docker to ask */
export async function labStatus(world: LabWorld, name?: string): Promise<LabStatus> {
  const wanted = planOf({ ...(name === undefined ? {} : { name }) }).name
  const files = filesOf(join(world.directory, wanted))
  const state = await readState(files.state)
  if (state === undefined)
    throw new UserError('RW_LAB', `there is no lab ${wanted} in ${world.directory}`, {
      remedy: `Start it: ${again('up', wanted)}`,
    })
  const context = contextOf(world, state.plan, state)
  await demandTools(world.runner)
  const parts: PartStatus[] = []
  for (const step of upSteps(context).slice(1)) {
    try {
      parts.push({ part: step.name, complaint: (await step.done()) ? undefined : 'missing' })
    } catch (error) {
      if (!isUserError(error)) throw error
      parts.push({ part: step.name, complaint: error.what })
    }
  }
  return { plan: state.plan, directory: files.directory, parts }
}

/** Everything that `up --offline` needs, as files in one folder, which is returned. */
export async function labPreload(world: LabWorld, flags: LabFlags): Promise<string> {
  const plan = planOf(flags)
  const context = contextOf(world, plan, undefined)
  await demandTools(world.runner, ['helm'])
  const directory = preloadDirectory(context.files)
  if (!world.runner.dry) await mkdir(directory, { recursive: true })
  await execute(preloadSteps(context), world.progress, { again: again('preload', plan.name) })
  return directory
}

/**
 * Brings Cilium to another release while the record runs; then judges.
 * @returns the exit code of `check`
 */
export async function labUpgrade(
  world: LabWorld,
  { name, cilium }: { readonly name?: string; readonly cilium: string },
): Promise<number> {
  const wanted = planOf({ ...(name === undefined ? {} : { name }) }).name
  const target = ciliumRelease(cilium)
  return onLab(world, wanted, async (found) => {
    const state =
      found ?? (world.runner.dry ? freshState(world, planOf({ name: wanted, cilium: '1.19' })) : undefined)
    if (state === undefined)
      throw new UserError('RW_LAB', `there is no lab ${wanted} to upgrade`, {
        remedy: `Start it: ${again('up', wanted)}`,
      })
    if (state.upgrade !== undefined && state.upgrade.to !== target)
      throw new UserError('RW_LAB', `an upgrade to Cilium ${state.upgrade.to} is under way`, {
        remedy: `Finish it first: ${again('upgrade', wanted)} --cilium ${state.upgrade.to}`,
      })
    if (state.plan.cilium === target && state.upgrade === undefined) {
      world.progress.tell(`lab ${wanted} runs Cilium ${target} already`)
      return verdict(contextOf(world, state.plan, state))
    }
    const context = contextOf(world, { ...state.plan, cilium: target }, state)
    await execute(upgradeSteps(context, state.plan.cilium), world.progress, {
      again: `${again('upgrade', wanted, world)} --cilium ${target}`,
      end: again('down', wanted),
    })
    return verdict(context)
  })
}

/** The command that goes on. */
const again = (command: string, name: string, { offline = false }: { offline?: boolean } = {}): string =>
  `routewitness lab ${command} --name ${name}${offline ? ' --offline' : ''}`

/** An `up` that could not begin leaves an empty folder. */
async function neverWas(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
}

/** Runs `work` with the lab's state, alone. A dry run looks at nothing. */
async function onLab<T>(
  world: LabWorld,
  name: string,
  work: (state: LabState | undefined) => Promise<T>,
): Promise<T> {
  if (world.runner.dry) return work(undefined)
  const files = filesOf(join(world.directory, name))
  return withLock(files.lock, async () => work(await readState(files.state)))
}

/** Seconds are enough: no lab is made twice in one. */
const stampOf = ({ now }: LabWorld): string =>
  now().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')

const freshState = (world: LabWorld, plan: LabPlan): LabState => ({
  schema: 1,
  plan,
  trace: `trace-${stampOf(world)}`,
  cluster: 'none',
})

function contextOf(world: LabWorld, plan: LabPlan, state: LabState | undefined): LabContext {
  return {
    plan,
    files: filesOf(join(world.directory, plan.name)),
    runner: world.runner,
    cleaner: world.cleaner,
    progress: world.progress,
    offline: world.offline ?? false,
    source: world.source ?? PACKAGE,
    stamp: stampOf(world),
    state: state ?? freshState(world, plan),
  }
}

/** The plan of the lab as it runs, which the options must not contradict. */
function agreed(plan: LabPlan, flags: LabFlags): LabPlan {
  const wanted = planOf({ ...plan, ...flags })
  const keys = Object.keys(plan) as (keyof LabPlan)[]
  const different = keys.filter((key) => plan[key] !== wanted[key])
  if (different.length === 0) return plan
  const told = different.map((key) => `${key} is ${plan[key]}, not ${wanted[key]}`).join('; ')
  throw new UserError('RW_USAGE', `lab ${plan.name} is there already, and its ${told}`, {
    remedy:
      different.length === 1 && different[0] === 'cilium'
        ? `Upgrade it: ${again('upgrade', plan.name)} --cilium ${wanted.cilium}`
        : `Take it down first (${again('down', plan.name)}), or make another one with --name, --network and --subnet.`,
  })
}

/** What `check` says in the router's container: its output, and its exit code. */
async function verdict(context: LabContext): Promise<number> {
  const command = inRouter(context, 'check')
  if (context.runner.dry) {
    await context.runner.act(command)
    return 0
  }
  const { code, stdout, stderr } = await context.runner.ask(command)
  for (const line of `${stdout}${stderr}`.trimEnd().split('\n')) context.progress.tell(line)
  context.progress.tell(
    `kubectl: export KUBECONFIG=${context.files.kubeconfig}\nthe router's commands: ${commandLine(inRouter(context, 'get', 'routes'))}\n` +
      `or here: routewitness check --socket ${join(context.files.routerState, 'routewitness.sock')}\n` +
      `record: ${join(context.files.routerState, context.state.trace)}`,
  )
  return code
}
