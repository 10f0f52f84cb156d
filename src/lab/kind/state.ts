// What a lab remembers of itself between commands, and the lock that keeps two commands from one lab.
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../../core/errors/user-error.ts'
import type { LabPlan } from './site.ts'

export interface LabState {
  readonly schema: 1
  readonly plan: LabPlan
  /** Folder of the record, below the router's state; a lab made anew gets a new one. */
  readonly trace: string
  /** The cluster of this name was begun, and so is ours to delete. */
  readonly cluster: 'none' | 'begun' | 'made'
  /** An upgrade that is under way: where to, and the mark that was set before it. */
  readonly upgrade?: { readonly to: string; readonly mark: string }
}

/** @throws UserError RW_LAB when the file is damaged or from another version */
export async function readState(file: string): Promise<LabState | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const state = JSON.parse(text) as LabState
    if (state.schema === 1) return state
  } catch {
    // told below
  }
  throw new UserError('RW_LAB', `${file} was not written by this version of routewitness`, {
    remedy:
      'Take the lab down with the version that made it, or remove its cluster with `kind delete cluster` and then the file.',
  })
}

export const stateText = (state: LabState): string => `${JSON.stringify(state, undefined, 2)}\n`

/**
 * Runs `work` while nobody else works on the lab. A lock whose process is gone counts for nothing.
 * @throws UserError RW_LAB when another command works on it
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true })
  if (!(await take(file))) {
    const pid = Number(await readFile(file, 'utf8').catch(() => ''))
    if (isAlive(pid))
      throw new UserError('RW_LAB', `process ${pid} works on this lab`, {
        remedy: 'Wait until it is done, or end it with Ctrl-C where it runs.',
      })
    await rm(file, { force: true })
    if (!(await take(file))) throw new UserError('RW_LAB', 'another command took this lab just now')
  }
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

async function take(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx')
    await handle.writeFile(String(process.pid))
    await handle.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
