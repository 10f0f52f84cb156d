// Processes that compute without a pause: agents and router have to keep their timers beside them.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, cpus } from 'node:os'

const BURN = 'while (process.ppid === Number(process.argv[1])) for (let i = 0; i < 1e7; i++);'

/**
 * Arguments of Node for a process that computes as long as the one with this id is its parent: after kill -9 of that one
 * nothing may go on.
 */
export const burnArguments = (parent: number): string[] => ['-e', BURN, String(parent)]

/** Time of every processor in milliseconds, and how much of it was idle. */
interface Ticks {
  readonly all: number
  readonly idle: number
}

export class Load {
  readonly #burners: ChildProcess[] = []
  #before: readonly Ticks[] | undefined

  /** Ends what there is, and starts so many for each processor. Gives the share of time in which they were busy since the last call. */
  async set(perProcessor: number): Promise<number> {
    const busy = this.#before === undefined ? 0 : busyShare(this.#before, ticks(), availableParallelism())
    await this.end()
    const count = Math.round(perProcessor * availableParallelism())
    for (let at = 0; at < count; at++) {
      const burner = spawn(process.execPath, burnArguments(process.pid), { stdio: 'ignore' })
      this.#burners.push(burner)
      await once(burner, 'spawn')
    }
    this.#before = ticks()
    return busy
  }

  /** Process ids. */
  get pids(): readonly number[] {
    return this.#burners.flatMap(({ pid }) => pid ?? [])
  }

  async end(): Promise<void> {
    for (const burner of this.#burners.splice(0)) {
      if (burner.exitCode !== null || burner.signalCode !== null) continue
      const ended = once(burner, 'exit')
      burner.kill('SIGKILL')
      await ended
    }
  }
}

const ticks = (): readonly Ticks[] =>
  cpus().map(({ times }) => ({
    all: times.user + times.nice + times.sys + times.idle + times.irq,
    idle: times.idle,
  }))

/** Of the `usable` busiest processors: a process may be kept to fewer than the machine has. */
export function busyShare(before: readonly Ticks[], after: readonly Ticks[], usable: number): number {
  const shares = after
    .map(({ all, idle }, at) => {
      const was = before[at] ?? { all: 0, idle: 0 }
      return all === was.all ? 0 : 1 - (idle - was.idle) / (all - was.all)
    })
    .sort((a, b) => b - a)
    .slice(0, usable)
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length)
}
