// What one lab is to be: options with defaults filled in and checked. Pure.
import { isIPv4 } from 'node:net'
import { UserError } from '../../core/errors/user-error.ts'
import {
  CILIUM_DEFAULT,
  CILIUM_RELEASES,
  ciliumMinor,
  isSpeakerMinor,
  SPEAKERS,
  type SpeakerMinor,
} from './versions.ts'

export interface RouterAddress {
  /** IPv4 address and TCP port where the router listens. */
  address: string
  port: number
  asn: number
}

export type IpamMode = 'cluster-pool' | 'kubernetes'

export interface LabOptions {
  /** Several labs may run side by side, each with a name. Default "native". */
  name?: string
  /** Cilium release of the full lab, e.g. "1.20.2". */
  cilium?: string
  /** Instead of the full lab: incident I-1 with the MetalLB-mode speakers of this minor. */
  speakers?: string
  /** Where the nodes find their router. Default 127.0.0.1:1790 in AS 65000 (speakers: AS 64524). */
  router?: Partial<RouterAddress>
  /** AS of the nodes. Default 64512 (speakers: 64513). */
  localAsn?: number
  /** Default cluster-pool. With kubernetes, CiliumNodes get the Node's CIDRs. */
  ipam?: string
  /** IPv6 pools and the IPv6 family on the sessions. Default true; the speakers announce IPv4 only. */
  ipv6?: boolean
  /** Two LoadBalancer Services with their advertisement. Default false. */
  services?: boolean
  /** restartTimeSeconds of graceful restart; off unless given. */
  gracefulRestart?: number
  /** Seconds. Default 9 and 3 (speakers: hold 90, as MetalLB has it). */
  hold?: number
  keepalive?: number
}

/** Everything that decides what a lab is; kept in its state file and compared when `up` finds it running. */
export interface LabPlan {
  name: string
  kind: 'cilium' | 'speakers'
  /** Cilium release that the cluster's objects name. */
  release: string
  /** Set in a speakers lab. */
  speakers?: SpeakerMinor
  router: RouterAddress
  localAsn: number
  ipam: IpamMode
  ipv6: boolean
  services: boolean
  gracefulRestart?: number
  hold: number
  keepalive: number
}

/** Fills in defaults. Throws RW_USAGE for what cannot be. */
export function makePlan(options: LabOptions): LabPlan {
  const name = options.name ?? 'native'
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) {
    throw usage(`lab name "${name}"`, 'Use up to 32 lower-case letters, digits and hyphens.')
  }
  if (options.cilium !== undefined && options.speakers !== undefined) {
    throw usage('both a Cilium release and speakers', 'Give one of --cilium and --speakers.')
  }
  const ipam = options.ipam ?? 'cluster-pool'
  if (ipam !== 'cluster-pool' && ipam !== 'kubernetes')
    throw usage(`IPAM mode "${ipam}"`, 'Use cluster-pool or kubernetes.')
  const plan =
    options.speakers === undefined ? ciliumPlan(name, ipam, options) : speakersPlan(name, ipam, options)
  checkNumbers(plan)
  return plan
}

function ciliumPlan(name: string, ipam: IpamMode, options: LabOptions): LabPlan {
  const release = (options.cilium ?? CILIUM_DEFAULT).replace(/^v/, '')
  if (ciliumMinor(release) === undefined) {
    throw usage(
      `Cilium release "${release}"`,
      `Use a release of 1.18 to 1.20, such as ${CILIUM_RELEASES.join(', ')}.`,
    )
  }
  return {
    name,
    kind: 'cilium',
    release,
    router: { address: '127.0.0.1', port: 1790, asn: 65000, ...options.router },
    localAsn: options.localAsn ?? 64512,
    ipam,
    ipv6: options.ipv6 ?? true,
    services: options.services ?? false,
    ...(options.gracefulRestart === undefined ? {} : { gracefulRestart: options.gracefulRestart }),
    ...timers(options.hold, options.keepalive, 9),
  }
}

function speakersPlan(name: string, ipam: IpamMode, options: LabOptions): LabPlan {
  const minor = options.speakers ?? ''
  if (!isSpeakerMinor(minor)) throw usage(`speakers "${minor}"`, `Use ${Object.keys(SPEAKERS).join(' or ')}.`)
  const impossible = {
    services: options.services,
    gracefulRestart: options.gracefulRestart,
    ipv6: options.ipv6,
  }
  for (const [option, value] of Object.entries(impossible)) {
    if (value !== undefined && value !== false)
      throw usage(`${option} in a speakers lab`, 'These speakers cannot do that.')
  }
  return {
    name,
    kind: 'speakers',
    release: SPEAKERS[minor].image,
    speakers: minor,
    router: { address: '127.0.0.1', port: 1790, asn: 64524, ...options.router },
    localAsn: options.localAsn ?? 64513,
    ipam,
    ipv6: false,
    services: false,
    // MetalLB derives its keepalive interval from the hold time and cannot be told another.
    ...timers(options.hold, undefined, 90),
  }
}

function timers(
  hold: number | undefined,
  keepalive: number | undefined,
  usual: number,
): { hold: number; keepalive: number } {
  const seconds = hold ?? usual
  return { hold: seconds, keepalive: keepalive ?? Math.max(1, Math.floor(seconds / 3)) }
}

function checkNumbers(plan: LabPlan): void {
  if (!isIPv4(plan.router.address))
    throw usage(`router address "${plan.router.address}"`, 'Use an IPv4 address.')
  between('router port', plan.router.port, 1, 65535)
  between('router AS', plan.router.asn, 1, 4294967295)
  between('local AS', plan.localAsn, 1, 4294967295)
  between('hold time', plan.hold, 3, 65535)
  between('keepalive time', plan.keepalive, 1, plan.hold)
  if (plan.gracefulRestart !== undefined) between('graceful-restart time', plan.gracefulRestart, 1, 4095)
}

function between(what: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw usage(`${what} ${value}`, `Use a whole number from ${low} to ${high}.`)
  }
}

/** "127.0.0.1:1790" → address and port. */
export function parseRouter(text: string): { address: string; port: number } {
  const match = /^(\d+\.\d+\.\d+\.\d+):(\d+)$/.exec(text)
  if (match === null) throw usage(`router "${text}"`, 'Write ADDRESS:PORT, such as 127.0.0.1:1790.')
  return { address: match[1] ?? '', port: Number(match[2]) }
}

/** In what a running lab differs from what is asked for; what the options leave open is as it runs. */
export function contradictions(running: LabPlan, options: LabOptions): string[] {
  const otherKind = running.kind === 'cilium' ? options.speakers !== undefined : options.cilium !== undefined
  if (otherKind) return [`it is a ${running.kind} lab of ${running.release}`]
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as LabOptions
  const { kind, release, speakers, router, keepalive, ...rest } = running
  const version = kind === 'cilium' ? { cilium: release } : { speakers }
  // Another hold time brings its own keepalive time.
  const kept = given.hold === undefined ? { keepalive } : {}
  return differences(
    running,
    makePlan({
      ...version,
      ...rest,
      ...kept,
      ...given,
      router: { ...router, ...given.router },
    } as LabOptions),
  )
}

function differences(running: LabPlan, wanted: LabPlan): string[] {
  const flat = ({ router, ...plan }: LabPlan): Map<string, string> => {
    const all = { ...plan, router: `${router.address}:${router.port}`, 'router AS': router.asn }
    return new Map(Object.entries(all).map(([key, value]) => [key, String(value)]))
  }
  const [is, not] = [flat(running), flat(wanted)]
  return [...new Set([...is.keys(), ...not.keys()])]
    .filter((key) => is.get(key) !== not.get(key))
    .map((key) => `${key} is ${is.get(key) ?? 'unset'}, not ${not.get(key) ?? 'unset'}`)
}

const usage = (what: string, remedy: string): UserError =>
  new UserError('RW_USAGE', `the lab cannot have ${what}`, { remedy })
