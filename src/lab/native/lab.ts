// The native lab for programs: real Cilium BGP control planes in front of a router of yours, started, changed and ended.
import { rm } from 'node:fs/promises'
import { UserError } from '../../core/errors/user-error.ts'
import {
  bringUp,
  ciliumDefinitions,
  establish,
  readTemplates,
  settled,
  writeSpeakerConfig,
} from './bring-up.ts'
import { ensureBuild } from './build.ts'
import { nodeProcess, OPERATOR, processNames, releaseOf } from './commands.ts'
import { runOk } from './exec.ts'
import type { KubeApi } from './kube-api.ts'
import { withLock } from './lock.ts'
import { nextNode, type LabNode } from './nodes.ts'
import { nodeObjects } from './objects.ts'
import { cacheDirectory, labDirectory } from './paths.ts'
import { contradictions, makePlan, type LabOptions, type LabPlan } from './plan.ts'
import { endProcess } from './processes.ts'
import { silent, type Progress } from './progress.ts'
import { Site } from './site.ts'
import type { LabState } from './state.ts'
import { ciliumTarget } from './targets.ts'

export interface StartOptions extends LabOptions {
  /** Builds, and labs below it. Default: see paths.ts. */
  cache?: string
  progress?: Progress
}

/** How a process is ended. A killed operator leaves its lease: the next one then waits up to 18 s. */
export type EndSignal = 'SIGTERM' | 'SIGKILL'

export interface Lab extends AsyncDisposable {
  readonly name: string
  readonly directory: string
  readonly plan: LabPlan
  /** Path of a kubeconfig with rights to everything. */
  readonly kubeconfig: string
  /** Nodes there are now. */
  readonly nodes: readonly LabNode[]
  /** Runs kubectl against the lab; its stdout. Rejects with what kubectl said. */
  kubectl(args: readonly string[]): Promise<string>
  /** How far its start came: anything but "ready" is half a lab. */
  readonly phase: LabState['phase']
  /** The X of its 127.0.X.0/24. */
  readonly subnet: number
  /** Processes that should run and do not. */
  missing(): Promise<string[]>
  /** Calls the API server. */
  api<T>(work: (api: KubeApi) => Promise<T>): Promise<T>
  /** Cilium release of the node's agent, or of the operator. */
  release(process?: string): Promise<string>
  /** The release's programs lie ready for `startAgent` and `startOperator`: builds them unless that was done before. */
  prepare(release: string, progress?: Progress): Promise<void>
  /** The definitions of Cilium's resources as that release brings them. */
  replaceDefinitions(release: string): Promise<void>
  /**
   * Starts the agent (or speaker) of the node; it has been started when this resolves, its session has not. With a release:
   * that one's program from now on.
   */
  startAgent(node: string, release?: string): Promise<void>
  /** Stops the agent where it is, or lets it go on. The kernel goes on acknowledging what is sent to it. */
  freezeAgent(node: string, frozen: boolean): Promise<void>
  /** Resolves when the process is gone. */
  stopAgent(node: string, signal?: EndSignal): Promise<void>
  /** Creates Node and CiliumNode and starts the agent. With an operator running, waits for its CIDRs. */
  addNode(name: string): Promise<LabNode>
  /** Deletes Node and CiliumNode. The agent keeps running unless told otherwise. */
  removeNode(name: string, options?: { agent?: EndSignal | 'keep' }): Promise<void>
  stopOperator(signal?: EndSignal): Promise<void>
  startOperator(release?: string): Promise<void>
  /** Ends every process that the lab started and removes its directory. */
  down(): Promise<void>
}

/**
 * Starts a lab, or takes the running one of that name if it is what was asked for: then missing processes
 * are started again. One whose start was cut short is taken down first.
 * Throws RW_USAGE (options, another lab under the name) and RW_LAB (something is missing on this machine).
 */
export async function startLab(options: StartOptions = {}): Promise<Lab> {
  const plan = makePlan(options)
  const cache = options.cache ?? cacheDirectory()
  const progress = options.progress ?? silent
  const site = new Site(labDirectory(cache, plan.name))
  return withLock(lockOf(site), progress, `another command on lab ${plan.name}`, async () => {
    if (!(await takeOver(site, options, progress))) await bringUpOrEnd(site, plan, cache, progress)
    return new NativeLab(site, await site.state.demand(), cache)
  })
}

/** The lab of that name as it is; undefined if there is none. */
export async function openLab(name = 'native', cache = cacheDirectory()): Promise<Lab | undefined> {
  const site = new Site(labDirectory(cache, name))
  const state = await site.state.read()
  return state === undefined ? undefined : new NativeLab(site, state, cache)
}

/** True if a lab of that name runs now as planned. Ends what is left of one that cannot be mended. */
async function takeOver(site: Site, options: LabOptions, progress: Progress): Promise<boolean> {
  const state = await site.state.read()
  if (state === undefined) {
    await rm(site.layout.directory, { recursive: true, force: true })
    return false
  }
  const { name } = state.plan
  const alive = await site.alive()
  const unmendable = await whyUnmendable(site, state, alive)
  if (unmendable !== undefined) {
    progress(`lab ${name}: ${unmendable}; taking down what is left of it`)
    await demolish(site, state)
    return false
  }
  const different = contradictions(state.plan, options)
  if (different.length > 0) {
    throw new UserError('RW_USAGE', `lab ${name} is running, but ${different.join(', ')}`, {
      remedy: `Take it down first (down --name ${name}), or start another one beside it with --name.`,
    })
  }
  const missing = processNames(state).filter((process) => !alive.has(process))
  for (const process of missing) {
    await site.start(process)
    progress(`${process} was not running: started again`)
  }
  if (missing.length === 0) progress(`lab ${name} is running already`)
  return true
}

/** etcd and kube-apiserver hold everything: without either, or half configured, a lab is not worth mending. */
async function whyUnmendable(
  site: Site,
  state: LabState,
  alive: ReadonlySet<string>,
): Promise<string | undefined> {
  if (state.phase === 'starting') return 'its start was cut short'
  if (state.phase === 'failed') return 'its start failed'
  for (const name of ['etcd', 'kube-apiserver']) if (!alive.has(name)) return `${name} is not running`
  const ready = await site.withApi(state, (api) => api.ready())
  return ready ? undefined : 'kube-apiserver is not ready'
}

async function bringUpOrEnd(site: Site, plan: LabPlan, cache: string, progress: Progress): Promise<void> {
  try {
    await bringUp(site, plan, cache, progress)
  } catch (error) {
    const state = await site.state.read()
    if (state !== undefined) {
      await endAll(state)
      await site.state.update((state) => void (state.phase = 'failed'))
      progress(`the start failed; logs are kept in ${site.layout.logs} until \`down\``)
    }
    throw error
  }
}

/** Beside the lab's directory, which `down` removes. */
const lockOf = (site: Site): string => `${site.layout.directory}.lock`

/** Agents and operator are asked to go, as they say farewell on the wire; etcd and kube-apiserver take half a minute over it. */
async function endAll(state: LabState): Promise<void> {
  const end = async (polite: boolean): Promise<void> => {
    const chosen = Object.entries(state.processes).filter(
      ([name]) => polite !== (name === 'etcd' || name === 'kube-apiserver'),
    )
    await Promise.all(
      chosen.map(async ([, identity]) => {
        if (polite) await endProcess(identity, 'SIGTERM', 5).catch(() => {})
        await endProcess(identity, 'SIGKILL', 15)
      }),
    )
  }
  await end(true)
  await end(false)
}

async function demolish(site: Site, state: LabState): Promise<void> {
  await endAll(state)
  await rm(site.layout.directory, { recursive: true, force: true })
}

class NativeLab implements Lab {
  readonly #site: Site
  readonly plan: LabPlan
  readonly #builds: LabState['builds']
  #nodes: readonly LabNode[]

  readonly #cache: string
  readonly phase: LabState['phase']
  readonly subnet: number

  constructor(site: Site, state: LabState, cache: string) {
    this.#site = site
    this.#cache = cache
    this.plan = state.plan
    this.phase = state.phase
    this.subnet = state.subnet
    this.#builds = state.builds
    this.#nodes = state.nodes
  }

  get name(): string {
    return this.plan.name
  }

  get directory(): string {
    return this.#site.layout.directory
  }

  get kubeconfig(): string {
    return this.#site.layout.kubeconfig
  }

  get nodes(): readonly LabNode[] {
    return this.#nodes
  }

  kubectl(args: readonly string[]): Promise<string> {
    return runOk(`${this.#builds.kube}/kubectl`, ['--kubeconfig', this.kubeconfig, ...args])
  }

  async missing(): Promise<string[]> {
    const alive = await this.#site.alive()
    return processNames(await this.#site.state.demand()).filter((name) => !alive.has(name))
  }

  async api<T>(work: (api: KubeApi) => Promise<T>): Promise<T> {
    return this.#site.withApi(await this.#site.state.demand(), work)
  }

  async release(process: string = OPERATOR): Promise<string> {
    const name = process === OPERATOR ? OPERATOR : nodeProcess(process)
    return releaseOf(await this.#site.state.demand(), name)
  }

  async prepare(release: string, progress: Progress = silent): Promise<void> {
    await ensureBuild(this.#cache, ciliumTarget(release), progress)
  }

  async replaceDefinitions(release: string): Promise<void> {
    const { directory } = await ensureBuild(this.#cache, ciliumTarget(release), silent)
    const definitions = await ciliumDefinitions(directory)
    await this.api(async (api) => {
      for (const definition of definitions) await api.replace(definition)
      await establish(api, definitions)
    })
  }

  async startAgent(node: string, release?: string): Promise<void> {
    await this.#use(nodeProcess(node), release)
    await this.#site.start(nodeProcess(node))
  }

  /** From its next start on the process runs the programs of that release. */
  async #use(process: string, release: string | undefined): Promise<void> {
    if (release === undefined) return
    const { directory } = await ensureBuild(this.#cache, ciliumTarget(release), silent)
    await this.#site.state.update((state) => {
      state.others = { ...state.others, [process]: { release, directory } }
    })
  }

  async freezeAgent(node: string, frozen: boolean): Promise<void> {
    await this.#site.signal(nodeProcess(node), frozen ? 'SIGSTOP' : 'SIGCONT')
  }

  async stopAgent(node: string, signal: EndSignal = 'SIGTERM'): Promise<void> {
    await this.#site.end(nodeProcess(node), signal)
  }

  async stopOperator(signal: EndSignal = 'SIGTERM'): Promise<void> {
    await this.#site.end(OPERATOR, signal)
  }

  async startOperator(release?: string): Promise<void> {
    if (this.plan.kind === 'speakers') throw new UserError('RW_USAGE', 'a speakers lab has no operator')
    await this.#use(OPERATOR, release)
    await this.#site.start(OPERATOR)
  }

  async addNode(name: string): Promise<LabNode> {
    if (this.#nodes.some((node) => node.name === name))
      throw new UserError('RW_USAGE', `there is a node ${name} already`)
    const state = await this.#site.state.update((state) => {
      state.nodes.push(nextNode(state.plan, state.subnet, name, state.lastIndex))
      state.lastIndex++
    })
    this.#nodes = state.nodes
    const node = state.nodes.at(-1)
    if (node === undefined) throw new Error(`node ${name} was not written down`)
    await writeSpeakerConfig(this.#site.layout, this.plan, node)
    await this.#site.withApi(state, async (api) => {
      for (const object of nodeObjects(this.plan, node, await readTemplates())) await api.create(object)
      await this.startAgent(name)
      const operator = (await this.#site.alive()).has(OPERATOR) ? [OPERATOR] : []
      if (operator.length > 0)
        await settled(this.#site, api, this.plan, [node], [...operator, nodeProcess(name)])
    })
    return node
  }

  async removeNode(name: string, options: { agent?: EndSignal | 'keep' } = {}): Promise<void> {
    const state = await this.#site.state.demand()
    const node = state.nodes.find((node) => node.name === name)
    if (node === undefined) throw new UserError('RW_USAGE', `there is no node ${name}`)
    const { agent = 'keep' } = options
    if (agent !== 'keep') await this.stopAgent(name, agent)
    await this.#site.withApi(state, async (api) => {
      for (const object of nodeObjects(this.plan, node, await readTemplates())) await api.remove(object)
    })
    const changed = await this.#site.state.update((state) => {
      state.nodes = state.nodes.filter((node) => node.name !== name)
    })
    this.#nodes = changed.nodes
  }

  async down(): Promise<void> {
    await withLock(lockOf(this.#site), silent, `another command on lab ${this.name}`, async () => {
      const state = await this.#site.state.read()
      if (state !== undefined) await demolish(this.#site, state)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
  }
}
