// A lab's state file: what it is, where it listens, and which processes it started.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ports } from './addresses.ts'
import type { LabNode } from './nodes.ts'
import type { LabPlan } from './plan.ts'
import type { Identity } from './procfs.ts'

export interface LabState {
  plan: LabPlan
  /** "starting" in the file of a lab nobody is starting means that its start was cut short. */
  phase: 'starting' | 'ready' | 'failed'
  startedAt: string
  /** Opens the API server to whoever may read this file: everybody on the machine can reach its port. */
  token: string
  /** The X of its 127.0.X.0/24. */
  subnet: number
  ports: Ports
  nodes: LabNode[]
  /** Highest node index ever used. */
  lastIndex: number
  /** Process name → the process, as long as it is meant to run. */
  processes: Record<string, Identity>
  /** Folders of the builds that it runs. */
  builds: { kube: string; speaker: string }
  /** Process → folder of the build that it runs instead, and the release that this is: agents and operator in an upgrade. */
  others?: Record<string, { release: string; directory: string }>
  substitutes: string[]
  /** Command that gives an agent a host name of its own; undefined where the system forbids it. */
  hostnameWrapper?: string[]
}

export class StateFile {
  readonly directory: string
  #last: Promise<unknown> = Promise.resolve()
  #writes = 0

  constructor(directory: string) {
    this.directory = directory
  }

  /** The state on disk, undefined if there is no lab (or one so broken that it tells nothing). */
  async read(): Promise<LabState | undefined> {
    try {
      return JSON.parse(await readFile(this.#path(), 'utf8')) as LabState
    } catch {
      return undefined
    }
  }

  async demand(): Promise<LabState> {
    const state = await this.read()
    if (state === undefined) throw new Error(`no lab in ${this.directory}`)
    return state
  }

  async write(state: LabState): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 })
    const partial = `${this.#path()}.${process.pid}.${this.#writes++}`
    await writeFile(partial, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
    await rename(partial, this.#path())
  }

  /** Reads, changes and writes; changes asked for at the same time happen one after the other. */
  update(change: (state: LabState) => void): Promise<LabState> {
    const next = this.#last.then(async () => {
      const state = await this.demand()
      change(state)
      await this.write(state)
      return state
    })
    this.#last = next.catch(() => {})
    return next
  }

  #path(): string {
    return join(this.directory, 'lab.json')
  }
}

/** States of all labs in a folder of labs. */
export async function allStates(labs: string): Promise<LabState[]> {
  const names = await readdir(labs).catch(() => [])
  const states = await Promise.all(names.map((name) => new StateFile(join(labs, name)).read()))
  return states.filter((state) => state !== undefined)
}
