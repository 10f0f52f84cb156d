// A process's identity, as /proc tells it. A pid alone is none: it is given again to another process.

/** What is written down when a process is started, and compared before it is signalled. */
export interface Identity {
  pid: number
  /** Start time in clock ticks since boot (/proc/PID/stat, field 22): the same through every exec. */
  startTime: string
  /** Programs that the process may be executing: a wrapper execs the next one. */
  programs: string[]
  /** /proc/sys/kernel/random/boot_id: pids and start times begin anew with each boot. */
  bootId: string
}

/** What /proc shows of a pid now. */
export interface Seen {
  startTime: string
  state: string
  /** Target of /proc/PID/exe, undefined if it may not be read (another user's process). */
  exe: string | undefined
  bootId: string
}

/** State letter and start time from /proc/PID/stat. The command in parentheses may itself contain anything. */
export function parseStat(text: string): { state: string; startTime: string } | undefined {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .trim()
    .split(' ')
  const state = fields[0]
  const startTime = fields[19] // field 22; the slice begins with field 3
  return state === undefined || state === '' || startTime === undefined ? undefined : { state, startTime }
}

/** True if what /proc shows is the process that was written down, alive. A zombie has ended. */
export function isSame(identity: Identity, seen: Seen | undefined): boolean {
  if (seen === undefined || seen.state === 'Z' || seen.state === 'X') return false
  if (seen.bootId !== identity.bootId || seen.startTime !== identity.startTime) return false
  return seen.exe !== undefined && identity.programs.includes(seen.exe.replace(/ \(deleted\)$/, ''))
}
