// What the shell on a node prints → a reading, and what differs between two readings. Pure.
import type { Micros } from '../core/speaker/contract.ts'
import type { FilterRule, SysctlCensus, SysctlSetting } from '../core/stream/probe-events.ts'
import { SYSCTL_FOLDERS } from './census-script.ts'

/** One reading of a node. What was not asked for is undefined. */
export interface Reading {
  /** When it was asked for, and when the answer was there. */
  readonly asked: Micros
  readonly read: Micros
  readonly values: ReadonlyMap<string, string>
  readonly drops: number | undefined
  readonly settings: readonly SysctlSetting[] | undefined
  readonly tuned: string | undefined
  readonly filters: readonly FilterRule[] | undefined
}

interface File {
  readonly path: string
  readonly lines: string[]
}

/** @param lines one answer, without "#end" */
export function parseReading(lines: readonly string[], asked: Micros, read: Micros): Reading {
  const values = new Map<string, string>()
  const netstat: string[] = []
  const files: File[] = []
  const filters: FilterRule[] = []
  let tuned: string | undefined
  let whole = false
  let take: (line: string) => void = () => undefined
  for (const line of lines) {
    if (line === '#values') take = (text) => addValue(values, text)
    else if (line === '#netstat') take = (text) => void netstat.push(text)
    else if (line.startsWith('#file ')) {
      const file: File = { path: line.slice(6), lines: [] }
      files.push(file)
      take = (text) => void file.lines.push(text)
    } else if (line.startsWith('#tuned ')) tuned = line.slice(7).trim()
    else if (line === '#filter') {
      whole = true
      take = (text) => addFilter(filters, text)
    } else take(line)
  }
  const parts = whole ? { settings: inOrder(files), filters } : { settings: undefined, filters: undefined }
  return { asked, read, values, drops: counter(netstat, 'IPReversePathFilter'), tuned, ...parts }
}

/** "/proc/sys/net/ipv4/conf/lxc1/rp_filter:0" */
function addValue(values: Map<string, string>, line: string): void {
  const colon = line.lastIndexOf(':')
  if (!line.startsWith('/proc/sys/') || colon < 0) return
  // In a key with dots, a dot of the device's name is a slash (sysctl.d(5)).
  const key = line
    .slice('/proc/sys/'.length, colon)
    .split('/')
    .map((part) => part.replaceAll('.', '/'))
    .join('.')
  values.set(key, line.slice(colon + 1).trim())
}

function counter(lines: readonly string[], name: string): number | undefined {
  const at = lines[0]?.split(' ').indexOf(name) ?? -1
  const value = at < 0 ? undefined : lines[1]?.split(' ')[at]
  return value === undefined ? undefined : Number(value)
}

/** "[12:720] -A PREROUTING -m rpfilter --invert -j DROP", or nft's "fib saddr . iif oif missing counter packets 12 bytes 720 drop". */
function addFilter(filters: FilterRule[], line: string): void {
  const text = line.trim()
  const iptables = /^\[(\d+):\d+\] (.*)$/.exec(text)
  if (iptables !== null) {
    filters.push({ rule: iptables[2]!, packets: Number(iptables[1]) })
    return
  }
  const counted = /counter packets (\d+) bytes \d+ ?/.exec(text)
  filters.push({
    rule: counted === null ? text : text.replace(counted[0], ''),
    packets: Number(counted?.[1] ?? 0),
  })
}

/**
 * Assignments in the order of systemd-sysctl: by the names of the files, whatever their folder; a file hides those of the
 * same name in less important folders. /etc/sysctl.conf comes last (`sysctl --system`), what tuned's profile says after that.
 */
function inOrder(files: readonly File[]): SysctlSetting[] {
  const byName = new Map<string, File>()
  const late: File[] = []
  for (const file of files) {
    const folder = file.path.slice(0, file.path.lastIndexOf('/'))
    const name = file.path.slice(folder.length + 1)
    if (!(SYSCTL_FOLDERS as readonly string[]).includes(folder)) late.push(file)
    else if (!byName.has(name)) byName.set(name, file)
  }
  const sorted = [...byName].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, file]) => file)
  return [...sorted, ...late].flatMap(({ path, lines }) =>
    lines.flatMap((line) => {
      const match = /^\s*-?\s*([\w.*/-]+)\s*=\s*(\S+)/.exec(line)
      return match === null ? [] : [{ file: path, key: dotted(match[1]!), value: match[2]! }]
    }),
  )
}

/** Keys may be written with slashes: "net/ipv4/conf/all/rp_filter". Whichever separator comes first is the separator. */
function dotted(key: string): string {
  const slash = key.indexOf('/')
  const dot = key.indexOf('.')
  if (slash < 0 || (dot >= 0 && dot < slash)) return key
  return key.replaceAll(/[./]/g, (sign) => (sign === '/' ? '.' : '/'))
}

/** The event that a reading makes, after the one before; undefined when nothing changed. */
export function censusEvent(
  node: string,
  before: Reading | undefined,
  now: Reading,
): SysctlCensus | undefined {
  const { settings, tuned, drops, filters } = now
  if (before === undefined)
    return {
      node,
      read: now.read,
      values: Object.fromEntries(now.values),
      settings,
      tuned,
      reversePathDrops: drops,
      filters,
    }
  const changes: Record<string, string | null> = {}
  for (const [key, value] of now.values) if (before.values.get(key) !== value) changes[key] = value
  for (const key of before.values.keys()) if (!now.values.has(key)) changes[key] = null
  const other = <T>(value: T | undefined, was: T | undefined): T | undefined =>
    value === undefined || JSON.stringify(value) === JSON.stringify(was) ? undefined : value
  const rest = {
    settings: other(settings, before.settings),
    tuned: other(tuned, before.tuned),
    reversePathDrops: other(drops, before.drops),
    filters: other(filters, before.filters),
  }
  if (Object.keys(changes).length === 0 && Object.values(rest).every((value) => value === undefined))
    return undefined
  return { node, read: now.read, before: before.asked, values: changes, ...rest }
}

/** The reading with what it lacks from the one before it. */
export function merged(before: Reading | undefined, now: Reading): Reading {
  if (now.settings !== undefined || before === undefined) return now
  const { settings, tuned, filters } = before
  return { ...now, settings, tuned, filters }
}
