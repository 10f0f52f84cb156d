// One lab on this machine: its files, its state and its API; starting and ending its processes.
import { mkdir, readFile } from 'node:fs/promises'
import { serverUrl, specOf } from './commands.ts'
import { KubeApi } from './kube-api.ts'
import { layoutOf, logOf, type Layout } from './layout.ts'
import { endProcess, isAlive, signal, startProcess } from './processes.ts'
import { StateFile, type LabState } from './state.ts'

/** Seconds that a process gets for SIGTERM before it is killed. */
const PATIENCE = 15

export class Site {
  readonly layout: Layout
  readonly state: StateFile

  constructor(directory: string) {
    this.layout = layoutOf(directory)
    this.state = new StateFile(directory)
  }

  /** Calls the lab's API server; the connections end with the work. */
  async withApi<T>(state: LabState, work: (api: KubeApi) => Promise<T>): Promise<T> {
    const api = new KubeApi(serverUrl(state), this.layout.certificate, state.token)
    try {
      return await work(api)
    } finally {
      api.close()
    }
  }

  /** Starts the process of that name and writes it down; true if it was not running. */
  async start(name: string): Promise<boolean> {
    const state = await this.state.demand()
    const spec = specOf(state, this.layout, name)
    const known = state.processes[name]
    if (known !== undefined && (await isAlive(known))) return false
    await mkdir(this.layout.logs, { recursive: true })
    const identity = await startProcess(spec, logOf(this.layout, name))
    await this.state.update((state) => void (state.processes[name] = identity))
    return true
  }

  /** Ends the process of that name and resolves when it is gone; one that ignores SIGTERM is killed. */
  async end(name: string, how: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const identity = (await this.state.demand()).processes[name]
    if (identity === undefined) return
    await endProcess(identity, how, PATIENCE).catch(() => endProcess(identity, 'SIGKILL', PATIENCE))
    await this.state.update((state) => void delete state.processes[name])
  }

  /** Stops the process of that name where it is (SIGSTOP), or lets it go on. */
  async signal(name: string, how: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const identity = (await this.state.demand()).processes[name]
    if (identity !== undefined) await signal(identity, how)
  }

  /** Names of the processes that were started and live. */
  async alive(): Promise<Set<string>> {
    const { processes } = await this.state.demand()
    const alive = await Promise.all(
      Object.entries(processes).map(async ([name, id]) => ((await isAlive(id)) ? [name] : [])),
    )
    return new Set(alive.flat())
  }

  /** Why one of these processes has ended, with the end of its log; undefined if all live. */
  async obituary(names: readonly string[]): Promise<string | undefined> {
    const alive = await this.alive()
    const dead = names.find((name) => !alive.has(name))
    return dead === undefined ? undefined : `${dead} has ended:\n${await this.lastWords(dead)}`
  }

  async lastWords(name: string): Promise<string> {
    const text = await readFile(logOf(this.layout, name), 'utf8').catch(() => '')
    return text.trimEnd().split('\n').slice(-8).join('\n')
  }
}
