// Runs a drill: steps between marks, what is to be put back, and the verdict.
import { UserError, isUserError, whatHappened } from '../core/errors/user-error.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { Instant } from '../core/window/contract.ts'
import type { Condition } from '../harness/until.ts'
import { until } from '../harness/until.ts'
import { expectedRows } from '../harness/views.ts'
import { seconds } from './bars.ts'
import { probeBar, type ProbeSeen } from './probes.ts'
import type {
  Bar,
  Cluster,
  Drill,
  DrillParameters,
  DrillResult,
  DrillRouter,
  DrillVerdict,
  Margin,
  Stage,
  StepResult,
} from './contract.ts'

export interface RunOptions {
  readonly cluster: Cluster
  readonly router: DrillRouter
  readonly parameters: DrillParameters
  readonly signal?: AbortSignal | undefined
  /** A line for people, as it goes. */
  readonly progress?: ((line: string) => void) | undefined
}

/** Of the limit, that may be left: less is a warning (rule D-26). */
const THIN = 0.2

/** Somebody ended the drill. */
export class DrillInterrupted extends Error {
  readonly result: DrillResult

  constructor(result: DrillResult) {
    super(result.why)
    this.result = result
  }
}

interface Undo {
  readonly what: string
  readonly work: () => Promise<void>
}

class Run implements Stage {
  readonly cluster: Cluster
  readonly router: DrillRouter
  readonly parameters: DrillParameters
  readonly signal: AbortSignal
  nodes: readonly string[] = []
  node = ''
  version = ''
  readonly steps: StepResult[] = []
  readonly bars: Bar[] = []
  readonly margins: Margin[] = []
  readonly notes: string[] = []
  readonly undone: string[] = []
  readonly failedUndos: string[] = []
  readonly #drill: Drill
  readonly #progress: (line: string) => void
  readonly #undos: Undo[] = []

  constructor(drill: Drill, options: RunOptions) {
    this.#drill = drill
    this.cluster = options.cluster
    this.router = options.router
    this.parameters = options.parameters
    this.signal = options.signal ?? new AbortController().signal
    this.#progress = options.progress ?? (() => {})
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.signal.throwIfAborted()
    const label = `${this.#drill.id} step ${this.steps.length + 1}`
    const begin: Instant = this.router.mark(`${label} begins: ${name}`)
    this.#progress(`${label}  ${name}`)
    let failed: string | undefined
    try {
      const result = await work()
      this.signal.throwIfAborted()
      return result
    } catch (error) {
      failed = this.signal.aborted ? 'interrupted' : firstLine(error)
      throw error
    } finally {
      const end = this.#mark(`${label} ends`, begin)
      this.steps.push({ name, begin, end, ...(failed === undefined ? {} : { failed }) })
    }
  }

  /** The router may be the thing that is down. */
  #mark(name: string, otherwise: Instant): Instant {
    try {
      return this.router.mark(name)
    } catch {
      return { seq: otherwise.seq, at: this.router.now }
    }
  }

  wait(condition: Condition, timeout = this.parameters.timeout): Promise<void> {
    return this.router.wait(condition, timeout)
  }

  pause(span: Micros): Promise<void> {
    return this.router.pause(span)
  }

  bar(...bars: readonly Bar[]): void {
    this.bars.push(...bars)
  }

  margin(margin: Omit<Margin, 'left'>): void {
    this.margins.push({ ...margin, left: margin.limit - margin.measured })
  }

  note(text: string): void {
    this.notes.push(text)
  }

  undo(what: string, work: () => Promise<void>): () => void {
    const entry = { what, work }
    this.#undos.push(entry)
    return () => {
      const at = this.#undos.indexOf(entry)
      if (at >= 0) this.#undos.splice(at, 1)
    }
  }

  /** Puts back what is not back, the last first. What cannot be put back is said. */
  async putBack(): Promise<void> {
    for (let entry = this.#undos.pop(); entry !== undefined; entry = this.#undos.pop()) {
      try {
        await entry.work()
        this.undone.push(entry.what)
        this.#progress(`${this.#drill.id} undone: ${entry.what}`)
      } catch (error) {
        this.undone.push(`NOT DONE: ${entry.what} (${firstLine(error)})`)
        this.failedUndos.push(entry.what)
        this.#progress(`${this.#drill.id} could not be undone: ${entry.what} (${firstLine(error)})`)
      }
    }
  }
}

const isTimeout = (error: unknown): error is UserError => isUserError(error) && error.code === 'RW_TIMEOUT'

const firstLine = (error: unknown): string => whatHappened(error).split('\n')[0]!

/**
 * Runs a drill on a cluster whose router runs. The cluster is left as it was found, but for the release where an upgrade or
 * downgrade came to its end. Throws what makes a verdict impossible
 * (RW_LAB, RW_USAGE …) and DrillInterrupted; what does not happen in its time is a failed bar.
 */
export async function runDrill(drill: Drill, options: RunOptions): Promise<DrillResult> {
  const run = new Run(drill, options)
  const begun = run.router.now
  const result = (verdict: DrillVerdict, why?: string): DrillResult => ({
    id: drill.id,
    name: drill.name,
    does: drill.does,
    verdict,
    ...(why === undefined ? {} : { why }),
    cluster: run.cluster.label,
    version: run.version,
    ...(run.parameters.to === undefined ? {} : { to: run.parameters.to }),
    begun,
    ended: run.router.now,
    steps: run.steps,
    bars: run.bars,
    margins: run.margins,
    notes: run.notes,
    undone: run.undone,
    trace: run.router.trace,
  })
  const probes: ProbeSeen[] = []
  let deaf = (): void => {}
  try {
    const nothing = await prepare(drill, run)
    if (nothing !== undefined) return result('skip', nothing)
    deaf = run.router.onEvent((event) => void (event.type === 'probe' && probes.push(event)))
    await drill.run(run)
  } catch (error) {
    const last = run.steps.at(-1)
    await run.putBack()
    if (run.signal.aborted || !isTimeout(error)) deaf()
    if (run.signal.aborted)
      throw new DrillInterrupted(
        result(
          'skip',
          last === undefined ? 'interrupted before the first step' : `interrupted in step "${last.name}"`,
        ),
      )
    if (!isTimeout(error)) throw error
    run.bar({
      name: `${last?.name ?? 'the drill'} comes to its end`,
      expected: 'in time',
      observed: error.what
        .split('\n')
        .map((line) => line.trim())
        .join('; '),
      verdict: 'fail',
      source: 'the drill',
      evidence: last === undefined ? [] : [last.begin.seq],
    })
  }
  await run.putBack()
  deaf()
  if (probes.length > 0) run.bar(probeBar(drill, probes))
  for (const margin of run.margins) if (isThin(margin)) run.bar(thinBar(margin))
  if (run.failedUndos.length > 0) run.bar(notPutBack(run.failedUndos))
  const judged = run.bars.some(({ verdict }) => verdict !== 'info')
  return judged ? result(verdictOf(run.bars)) : result('skip', 'nothing was checked')
}

/** Waits until everything is as it should be before anything is done. Gives why there is nothing to check. */
async function prepare(drill: Drill, run: Run): Promise<string | undefined> {
  for (const ability of drill.needs.abilities ?? []) {
    const reason = run.cluster.cannot[ability]
    if (reason !== undefined) throw new UserError('RW_LAB', `${drill.id} cannot be run here: ${reason}`)
  }
  const nodes = await run.cluster.nodes()
  const last = nodes.at(-1)
  if (last === undefined) return 'the cluster has no node'
  run.nodes = nodes.map(({ name }) => name)
  run.version = last.version
  run.node = run.parameters.node ?? last.name
  if (!run.nodes.includes(run.node))
    throw new UserError('RW_USAGE', `the cluster has no node ${run.node}`, {
      remedy: `Its nodes are ${run.nodes.join(', ')}.`,
    })
  await run.step('everything is as it should be', async () => {
    await run.wait(until.sessions('all'))
    if (expectedRows(run.router.observer).length === 0) return
    await run.wait(until.converged())
    // A change of one route repeats all others of the node, a little later.
    await run.wait(until.quiet('1s'))
  })
  run.node = run.parameters.node ?? drill.choose?.(run) ?? run.node
  if (expectedRows(run.router.observer).length === 0)
    return 'no object says that any node should announce a route to this router'
  return ofNode(run).length === 0
    ? `no object says that ${run.node} should announce a route to this router`
    : undefined
}

/** Without a route of the node that things are done to, every "none is lost" would hold. */
const ofNode = (run: Run): readonly { readonly node: string }[] =>
  expectedRows(run.router.observer).filter(({ node }) => node === run.node)

const isThin = ({ left, limit }: Margin): boolean => left >= 0 && left < limit * THIN

const thinBar = ({ name, node, measured, limit }: Margin): Bar => ({
  name: `${name}: room to spare`,
  ...(node === undefined ? {} : { node }),
  expected: `at least ${THIN * 100} % of ${seconds(limit)}`,
  observed: `${seconds(limit - measured)} left`,
  verdict: 'warn',
  source: 'rule D-26',
  evidence: [],
})

/** A cluster that stays changed is no success, whatever the drill itself saw. */
const notPutBack = (what: readonly string[]): Bar => ({
  name: 'the cluster is as it was found',
  expected: 'everything put back',
  observed: `not put back: ${what.join(', ')}`,
  verdict: 'fail',
  source: 'the drill',
  evidence: [],
})

/** The worst of the bars. */
export function verdictOf(bars: readonly Bar[]): DrillVerdict {
  if (bars.some(({ verdict }) => verdict === 'fail')) return 'fail'
  return bars.some(({ verdict }) => verdict === 'warn') ? 'warn' : 'pass'
}
