// A drill on a native lab: one of its own that is taken down afterwards, or one that runs.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../../core/errors/user-error.ts'
import type { Drill, DrillParameters, DrillResult } from '../../drill/contract.ts'
import { LiveRouter } from '../../drill/live.ts'
import { runDrill } from '../../drill/run.ts'
import { demandNode, demandUse } from '../../drill/uses.ts'
import { fromCluster } from '../../kube/source.ts'
import { NativeCluster } from './cluster.ts'
import { missingForCuts } from './cut.ts'
import { freePort } from './free-port.ts'
import { openLab, startLab, type Lab } from './lab.ts'
import { withLock } from './lock.ts'
import { FIRST_NODES } from './nodes.ts'
import { cacheDirectory, labDirectory } from './paths.ts'
import { silent, type Progress } from './progress.ts'
import { CILIUM_DEFAULT } from './versions.ts'

export interface NativeDrillOptions {
  /** Cilium release to begin with. Left out: the lab's, or the newest known. */
  readonly cilium?: string | undefined
  /** A lab that runs. Left out: one is made for the drill. */
  readonly lab?: string | undefined
  /** Folder for the record; a new one in the temporary directory unless given. */
  readonly trace?: string | undefined
  readonly parameters?: Partial<DrillParameters> | undefined
  readonly signal?: AbortSignal | undefined
  readonly progress?: Progress | undefined
  readonly cache?: string | undefined
}

const SECOND = 1e6
/** From a clone; a package that was installed has no labs to keep, its drills make their own. */
const COMMAND = 'npx tsx scripts/lab-native.ts'
/** What a drill does not say and nobody asks for: short timers, so that nobody waits for verdicts. */
const DEFAULTS: DrillParameters = {
  delay: 2 * SECOND,
  restartTime: 60 * SECOND,
  holdTime: 9 * SECOND,
  connectRetry: 1 * SECOND,
  maxUnavailable: 1,
  span: 20 * SECOND,
  load: 0,
  timeout: 90 * SECOND,
}

/** The numbers that a drill runs with. */
export function parametersOf(drill: Drill, given: Partial<DrillParameters> = {}): DrillParameters {
  const told = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const merged: DrillParameters = { ...DEFAULTS, ...drill.defaults, ...told }
  return drill.needs.gracefulRestart === 'off' ? { ...merged, restartTime: undefined } : merged
}

/**
 * Runs a drill. Throws RW_LAB (no such lab, half a lab, no rights), RW_USAGE (a lab of another release), DrillInterrupted;
 * a lab that was made for the drill is taken down whatever happens.
 */
export async function drillOnNativeLab(drill: Drill, options: NativeDrillOptions = {}): Promise<DrillResult> {
  const { lab, progress = silent, cache = cacheDirectory() } = options
  demandUse(drill, options.parameters ?? {})
  if (lab === undefined) return runOnLab(drill, options)
  // Two drills on one lab would take each other's doings for the lab's.
  const lock = `${labDirectory(cache, lab)}.drill.lock`
  return withLock(lock, progress, `another drill on lab ${lab}`, () => runOnLab(drill, options))
}

async function runOnLab(drill: Drill, options: NativeDrillOptions): Promise<DrillResult> {
  const { signal = new AbortController().signal, progress = silent, cache = cacheDirectory() } = options
  const wanted = parametersOf(drill, options.parameters)
  await demandRights(drill)
  const own = options.lab === undefined
  const lab = own
    ? await makeLab(drill, wanted, options.cilium, cache, progress)
    : await runningLab(drill, options, cache)
  const parameters = own ? wanted : withTimersOf(lab, wanted)
  let router: LiveRouter | undefined
  let cluster: NativeCluster | undefined
  try {
    signal.throwIfAborted()
    const trace = options.trace ?? (await newTrace(drill))
    cluster = await NativeCluster.of(lab, (span) => sleep(Math.max(0, span / 1e3), undefined, { signal }))
    const { router: place } = lab.plan
    router = await LiveRouter.start(
      () => ({
        asn: place.asn,
        listen: `${place.address}:${place.port}`,
        identifier: '192.0.2.1',
        // Any AS: a drill may change the nodes'.
        peers: [{ from: '127.0.0.0/8' }],
        settle: '2s',
        trace,
        expected: fromCluster({ kubeconfig: lab.kubeconfig }),
      }),
      signal,
    )
    return await runDrill(drill, { cluster, router, parameters, signal, progress })
  } finally {
    // Each whatever becomes of the one before it: nothing may be left behind because a disk is full.
    try {
      await router?.end()
    } finally {
      try {
        await cluster?.end()
      } finally {
        if (own) {
          await lab.down()
          progress(`lab ${lab.name} is down`)
        }
      }
    }
  }
}

/** Before a lab is made in vain. */
async function demandRights(drill: Drill): Promise<void> {
  if (drill.needs.abilities?.includes('cut') !== true) return
  const missing = await missingForCuts()
  if (missing !== undefined)
    throw new UserError('RW_LAB', `${drill.id} cannot be run here: ${missing}`, {
      remedy: `Be root, or have a network of your own: unshare --user --map-root-user --net sh -c 'ip link set lo up; exec routewitness drill run ${drill.id}'`,
    })
}

async function makeLab(
  drill: Drill,
  parameters: DrillParameters,
  cilium: string | undefined,
  cache: string,
  progress: Progress,
): Promise<Lab> {
  const release = (cilium ?? drill.needs.cilium ?? CILIUM_DEFAULT).replace(/^v/, '')
  drill.accepts?.({ version: release, parameters })
  demandNode(parameters.node, FIRST_NODES)
  const name = `drill-${drill.id.toLowerCase()}`
  const found = await openLab(name, cache)
  // One whose start failed is begun anew.
  if (found !== undefined && found.phase !== 'failed')
    throw new UserError('RW_LAB', `there is a lab ${name}: this drill runs already, or was killed`, {
      remedy: `Use it with --lab ${name}, or take it down: ${COMMAND} down --name ${name}`,
    })
  const lab = await startLab({
    name,
    cache,
    progress,
    router: { port: await freePort() },
    hold: parameters.holdTime / SECOND,
    services: drill.needs.services === true,
    cilium: release,
    ...(parameters.restartTime === undefined ? {} : { gracefulRestart: parameters.restartTime / SECOND }),
  })
  return lab
}

async function runningLab(
  drill: Drill,
  { lab: name, cilium, parameters = {} }: NativeDrillOptions,
  cache: string,
): Promise<Lab> {
  const lab = await openLab(name, cache)
  if (lab === undefined)
    throw new UserError('RW_LAB', `there is no lab ${name}`, {
      remedy: `Start it (${COMMAND} up --name ${name}), or leave --lab out: the drill then makes one for itself.`,
    })
  const { plan } = lab
  const again = `${COMMAND} down --name ${lab.name}, then up --name ${lab.name}`
  if (plan.kind !== 'cilium')
    throw new UserError('RW_USAGE', `lab ${lab.name} runs the old speakers, which drills do not know`, {
      remedy: 'Use a lab of --cilium.',
    })
  const missing = lab.phase === 'ready' ? await lab.missing() : [`its start (${lab.phase})`]
  if (missing.length > 0)
    throw new UserError('RW_LAB', `lab ${lab.name} is half up, it lacks ${missing.join(', ')}`, {
      remedy: `${COMMAND} up --name ${lab.name} mends it.`,
    })
  // An upgrade before may have changed what the plan had.
  const [first] = lab.nodes
  const release = first === undefined ? plan.release : await lab.release(first.name)
  if (cilium !== undefined && cilium !== release)
    throw new UserError('RW_USAGE', `lab ${lab.name} runs Cilium ${release}, not ${cilium}`, {
      remedy: `Leave --cilium out, or ${again} --cilium ${cilium}.`,
    })
  demandNode(
    parameters.node,
    lab.nodes.map((node) => node.name),
  )
  for (const [option, flag] of Object.entries(OF_THE_LAB))
    if (parameters[option as keyof typeof OF_THE_LAB] !== undefined)
      throw new UserError('RW_USAGE', `${flag} is for a lab that is made, and lab ${lab.name} runs`, {
        remedy: 'Leave it or --lab out.',
      })
  const { gracefulRestart, services } = drill.needs
  if (gracefulRestart === 'on' && plan.gracefulRestart === undefined)
    throw new UserError('RW_LAB', `${drill.id} wants graceful restart on, and lab ${lab.name} has it off`, {
      remedy: `${again} --graceful-restart 60, or leave --lab out.`,
    })
  if (gracefulRestart === 'off' && plan.gracefulRestart !== undefined)
    throw new UserError('RW_LAB', `${drill.id} wants graceful restart off, and lab ${lab.name} has it on`, {
      remedy: `${again} without --graceful-restart, or leave --lab out.`,
    })
  if (services === true && !plan.services)
    throw new UserError('RW_LAB', `${drill.id} wants Services, and lab ${lab.name} has none`, {
      remedy: `${again} --services, or leave --lab out.`,
    })
  return lab
}

/** Parameters that a lab has once and for all. */
const OF_THE_LAB = {
  restartTime: '--restart-time',
  holdTime: '--hold',
  connectRetry: 'connectRetry',
} as const satisfies Partial<Record<keyof DrillParameters, string>>

const withTimersOf = ({ plan }: Lab, parameters: DrillParameters): DrillParameters => ({
  ...parameters,
  holdTime: plan.hold * SECOND,
  restartTime: plan.gracefulRestart === undefined ? undefined : plan.gracefulRestart * SECOND,
})

const newTrace = async (drill: Drill): Promise<string> =>
  join(await mkdtemp(join(tmpdir(), `routewitness-${drill.id}-`)), 'trace')
