// The folder of a run's traces: test-results/<file>/<test>/, which somebody else can open as it is.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { printable } from '../core/errors/printable.ts'
import type { Instant } from '../core/window/contract.ts'
import type { EventRow } from '../harness/event-log.ts'
import { clockTime, rfc3339 } from '../report/time.ts'
import { fromHere } from './failure-text.ts'
import type { TracePolicy } from './policy.ts'

const LONGEST = 80
const HASH = 6
const ABOUT = 'test.json'
/** The folder of a trace beside it, or in it. */
export const TRACE = 'trace'

/** A name that every file system takes; where it had to be changed much, with a few letters that tell it from others. */
export function folderName(name: string): string {
  const plain = name
    .trim()
    .replaceAll(/\s+/g, '-')
    .replaceAll(/[^\w.-]+/g, '_')
    .replace(/^\.+/, '')
  const same = plain === name.trim().replaceAll(/\s+/g, '-') && plain.length <= LONGEST && plain !== ''
  if (same) return plain
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH)
  return `${plain.slice(0, LONGEST)}-${hash}`
}

/** The folder of a test file, named by its path from here. */
export function fileFolder(root: string, file: string): string {
  const path = relative(process.cwd(), file)
  return join(
    resolve(root),
    folderName((path.startsWith('..') ? basename(file) : path).replaceAll(/[\\/]/g, '-')),
  )
}

/**
 * Removes what an earlier run left for a file: folders that hold a trace or tell of a test, and nothing else.
 * @param begun when this run's worker began, milliseconds since 1970: what is newer is of this run
 */
export async function clearEarlier(folder: string, begun: number = performance.timeOrigin): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name)
    const mark = [ABOUT, 'trace.json'].map((name) => join(path, name)).find((name) => existsSync(name))
    if (!entry.isDirectory() || mark === undefined || (await stat(mark)).mtimeMs >= begun) continue
    await rm(path, { recursive: true, force: true })
  }
}

/** A folder for the trace of all tests of a file; a file may have several routers. */
export function freeTraceFolder(folder: string): string {
  for (let number = 1; ; number++) {
    const path = join(folder, number === 1 ? TRACE : `${TRACE}-${number}`)
    if (!existsSync(path)) return path
  }
}

/** Removes a folder and those above it, up to the root, when nothing is left in them. */
export async function removeEmpty(folder: string, root: string): Promise<void> {
  for (let path = folder; path.startsWith(resolve(root)); path = resolve(path, '..')) {
    try {
      await rmdir(path)
    } catch {
      return
    }
  }
}

/** What is written of an attempt whose trace is kept. */
export interface Kept {
  readonly folder: string
  readonly test: string
  readonly file: string
  readonly status: 'failed' | 'passed'
  readonly retry: number
  readonly policy: TracePolicy
  /** The folder of its trace, that may be shared by all tests of the file. */
  readonly trace: string
  /** Between these two events. */
  readonly from: Instant
  readonly to: Instant
  readonly errors: readonly string[]
  readonly events: readonly EventRow[]
}

/** A line for each event. */
export function timelineText(events: readonly EventRow[]): string {
  return events
    .map(
      ({ seq, at, node, remote, text }) =>
        `${clockTime(at)}  #${seq}  ${node ?? remote ?? ''}  ${printable(text)}\n`,
    )
    .join('')
}

/** Writes test.json, failure.txt and timeline.txt beside the trace, or beside what points to it. */
export async function writeKept(kept: Kept): Promise<void> {
  const { folder, test, file, status, retry, policy, trace, from, to, errors, events } = kept
  await mkdir(folder, { recursive: true })
  const path = relative(folder, trace) || '.'
  const about = {
    ...{ test, file: fromHere(file), status, retry, policy, trace: path },
    from: { event: from.seq, time: rfc3339(from.at) },
    to: { event: to.seq, time: rfc3339(to.at) },
    // In this folder.
    open: [
      `routewitness get events --trace ${path} --since ${from.seq} --at ${to.seq}`,
      `routewitness check --trace ${path} --at ${to.seq}`,
    ],
  }
  await writeFile(join(folder, ABOUT), `${JSON.stringify(about, null, 2)}\n`)
  if (errors.length > 0) await writeFile(join(folder, 'failure.txt'), `${errors.join('\n\n')}\n`)
  await writeFile(join(folder, 'timeline.txt'), timelineText(events))
}
