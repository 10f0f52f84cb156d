// Reverse-path filtering of a node, as the census has it: which devices drop, since when, and which file says so.
import type { Micros } from '../speaker/contract.ts'
import type { SysctlSetting } from '../stream/probe-events.ts'
import type { NodeCensus, SysctlValue } from './probe-book.ts'
import { timeOfDay } from './words.ts'

const KEY = /^net\.ipv4\.conf\.(.+)\.rp_filter$/
/** Devices of Cilium: what comes in there has its way back over another one. */
const CILIUM = /^(lxc|cilium_)/
export const RP_FILTER_ALL = 'net.ipv4.conf.all.rp_filter'
export const CILIUM_OVERRIDE = '99-zzz-override_cilium.conf'

export interface Filtering {
  /** The largest of max(all, device) of Cilium's devices: 1 is strict, 2 is loose. */
  readonly effective: number
  /** The key that makes it so: all's, else a device's. */
  readonly key: string
  readonly value: SysctlValue
  /** Devices that it holds for. */
  readonly devices: readonly string[]
}

/** Which of Cilium's devices filter by reverse path: the kernel takes the larger of `all` and the device. Undefined when none does. */
export function filtering(census: Pick<NodeCensus, 'values'>): Filtering | undefined {
  const all = census.values.get(RP_FILTER_ALL)
  const devices = [...census.values].flatMap(([key, value]) => {
    const device = KEY.exec(key)?.[1]
    return device !== undefined && CILIUM.test(device) ? [{ device, key, value }] : []
  })
  const level = (value: SysctlValue | undefined): number => Number(value?.value ?? 0)
  const effective = ({ value }: { value: SysctlValue }): number => strictest(level(all), level(value))
  const worst = devices.reduce((most, device) => strictest(most, effective(device)), 0)
  if (worst === 0) return undefined
  const bad = devices.filter((device) => effective(device) === worst)
  const byAll = level(all) === worst
  return {
    effective: worst,
    key: byAll ? RP_FILTER_ALL : bad[0]!.key,
    value: byAll ? all! : bad[0]!.value,
    devices: bad.map(({ device }) => device).sort(),
  }
}

/** The kernel's maximum: 2 (loose) wins over 1 (strict). */
function strictest(all: number, device: number): number {
  return Math.max(all, device)
}

/** True when the node has devices of Cilium. */
export function isCilium(census: NodeCensus): boolean {
  return [...census.values.keys()].some((key) => CILIUM.test(KEY.exec(key)?.[1] ?? ''))
}

/** The assignments that would reach the key: the last one wins. Those that name it come after patterns (sysctl.d(5)). */
function assignments(census: NodeCensus, key: string): readonly SysctlSetting[] {
  const named = census.settings.filter((setting) => setting.key === key)
  return [...census.settings.filter((setting) => matches(setting.key, key)), ...named]
}

function matches(glob: string, key: string): boolean {
  if (!glob.includes('*')) return false
  const pattern = glob
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^.]*')
  return new RegExp(`^${pattern}$`).test(key)
}

/** "net.ipv4.conf.all.rp_filter went from 0 to 1 between 09:49:02.900 and 09:49:03.150". */
export function howItCame(key: string, { value, changed }: SysctlValue): string {
  if (changed === undefined) return `${key} is ${value}, and was when the census began`
  return `${key} went from ${changed.from} to ${value} between ${timeOfDay(changed.after)} and ${timeOfDay(changed.at)}`
}

/** Which file has the value that the kernel has; undefined when none has. */
export function provenance(census: NodeCensus, key: string, value: string): string | undefined {
  const from = assignments(census, key).filter((setting) => setting.value === value)
  const last = from.at(-1)
  if (last === undefined) return undefined
  const tuned = census.tuned === undefined ? '' : `; tuned applies these files too (profile ${census.tuned})`
  return `${last.file} says ${last.key} = ${last.value}${tuned}`
}

/** The file that would break the node when sysctls are applied anew (D-22): the last word of the files is not 0. */
export function latent(
  census: NodeCensus,
): { readonly setting: SysctlSetting; readonly overridden: boolean } | undefined {
  for (const key of [RP_FILTER_ALL, 'net.ipv4.conf.lxc0.rp_filter', 'net.ipv4.conf.cilium_host.rp_filter']) {
    const last = assignments(census, key).at(-1)
    if (last === undefined || Number(last.value) === 0) continue
    return { setting: last, overridden: census.settings.some(({ file }) => file.endsWith(CILIUM_OVERRIDE)) }
  }
  return undefined
}

/** Packets that were dropped by reverse path since an instant. */
export function dropsSince(census: NodeCensus, since: Micros): string | undefined {
  const rise = census.reversePathRise
  if (rise === undefined || rise.at < since) return undefined
  return `TcpExtIPReversePathFilter rose to ${rise.to}`
}
