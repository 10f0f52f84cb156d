// Starting processes that outlive us, and ending only those.
import { spawn } from 'node:child_process'
import { open, readFile, readlink, realpath } from 'node:fs/promises'
import { isSame, parseStat, type Identity, type Seen } from './procfs.ts'
import { poll } from './poll.ts'

export interface ProcessSpec {
  name: string
  command: string
  args: readonly string[]
  /** Programs that the command execs on its way, itself included; for the identity check. */
  programs: readonly string[]
}

/** Starts a process in a session of its own, its output appended to the log file. */
export async function startProcess(spec: ProcessSpec, log: string): Promise<Identity> {
  const file = await open(log, 'a')
  try {
    const child = spawn(spec.command, spec.args, {
      detached: true,
      cwd: '/',
      stdio: ['ignore', file.fd, file.fd],
    })
    const failed = new Promise<never>((_resolve, reject) => child.once('error', reject))
    const started = new Promise<void>((resolve) => child.once('spawn', resolve))
    await Promise.race([started, failed])
    child.unref()
    const pid = child.pid
    const seen = pid === undefined ? undefined : await look(pid)
    if (pid === undefined || seen === undefined) throw new Error(`${spec.name} ended at once: see ${log}`)
    const programs = await Promise.all(spec.programs.map((program) => realpath(program)))
    return { pid, startTime: seen.startTime, programs: [...new Set(programs)], bootId: seen.bootId }
  } finally {
    await file.close()
  }
}

/** True while the process that was started lives; false for another one with its pid. */
export const isAlive = async (identity: Identity): Promise<boolean> =>
  isSame(identity, await look(identity.pid))

/** Sends a signal if the pid still is the process that was started. */
export async function signal(identity: Identity, name: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(identity))) return
  try {
    process.kill(identity.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Ends the process with SIGTERM or SIGKILL, and waits until it is gone. A stopped process is woken to hear SIGTERM. */
export async function endProcess(
  identity: Identity,
  how: 'SIGTERM' | 'SIGKILL',
  seconds: number,
): Promise<void> {
  await signal(identity, how)
  if (how === 'SIGTERM') await signal(identity, 'SIGCONT')
  await untilGone(identity, seconds)
}

export const untilGone = (identity: Identity, seconds: number): Promise<void> =>
  poll(`the end of process ${identity.pid}`, seconds, async () =>
    (await isAlive(identity)) ? undefined : true,
  ).then(() => {})

export const ourIdentity = async (): Promise<Identity> => {
  const seen = await look(process.pid)
  if (seen?.exe === undefined) throw new Error('/proc is needed: the lab runs on Linux only')
  return { pid: process.pid, startTime: seen.startTime, programs: [seen.exe], bootId: seen.bootId }
}

async function look(pid: number): Promise<Seen | undefined> {
  try {
    const stat = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8'))
    if (stat === undefined) return undefined
    const exe = await readlink(`/proc/${pid}/exe`).catch(() => undefined)
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    return { ...stat, exe, bootId }
  } catch {
    return undefined // no such process
  }
}
