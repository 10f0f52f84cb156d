// What a process and its children have cost, from /proc.
import { readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second. */
const TICKS = 100

/** User and system time of processes, in seconds; threads included. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / TICKS
}

/** Sums of present and highest resident memory, in MB (1e6). */
export function memory(pids: readonly number[]): { readonly now: number; readonly peak: number } {
  let now = 0
  let peak = 0
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    now += field(status, 'VmRSS')
    peak += field(status, 'VmHWM')
  }
  return { now, peak }
}

function field(status: string, name: string): number {
  return (Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024) / 1e6
}

/** A process and all that it started. */
export function family(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return [pid, ...(children === '' ? [] : children.split(' ').map(Number).flatMap(family))]
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds))
