// A lock between processes: a file that names its holder, so that a dead holder's lock is no lock.
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { poll } from './poll.ts'
import { isAlive, ourIdentity } from './processes.ts'
import type { Identity } from './procfs.ts'
import type { Progress } from './progress.ts'

const HOURS = 2 * 3600

/** Runs `work` while holding the lock; waits while another living process holds it. */
export async function withLock<T>(
  path: string,
  progress: Progress,
  whose: string,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  const us = await ourIdentity()
  let told = false
  await poll(
    `${whose} (${path})`,
    HOURS,
    async () => {
      if (await take(path, us)) return true
      const holder = await holderOf(path)
      if (holder !== undefined && (await isAlive(holder))) {
        if (!told) progress(`waiting for ${whose}, process ${holder.pid}`)
        told = true
        return undefined
      }
      await clear(path, holder, us)
      return undefined
    },
    { every: 200 },
  )
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** Appears with its content or not at all, so nobody reads half a lock. */
async function take(path: string, us: Identity): Promise<boolean> {
  const own = `${path}.${us.pid}`
  await writeFile(own, JSON.stringify(us))
  try {
    await link(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(own, { force: true })
  }
}

/** Removes the lock of a process that is gone, but not one that somebody took since we looked. */
async function clear(path: string, dead: Identity | undefined, us: Identity): Promise<void> {
  const aside = `${path}.${us.pid}.stale`
  try {
    await rename(path, aside)
  } catch {
    return // somebody else cleared it
  }
  const moved = await holderOf(aside)
  if (JSON.stringify(moved) !== JSON.stringify(dead)) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

async function holderOf(path: string): Promise<Identity | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Identity
  } catch {
    return undefined
  }
}
