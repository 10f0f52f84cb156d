// Why packets along a route are lost although BGP is content: what the node's census says about the time of the loss.
import type { Micros } from '../speaker/contract.ts'
import type { NodeCensus, SysctlValue } from './probe-book.ts'
import { dropsSince, filtering, howItCame, provenance } from './rp-filter.ts'

export interface LossCause {
  readonly kind: 'sysctl' | 'netfilter' | 'mtu' | 'unknown'
  readonly text: string
  readonly remedy: string
  readonly events: readonly number[]
}

const FORWARDING = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']

/**
 * The cause of a loss that began at `since`. Counters are looked at, too, because a value may have been there before and
 * have dropped nothing.
 */
export function lossCause(census: NodeCensus | undefined, node: string, since: Micros): LossCause {
  if (census === undefined)
    return unknown(
      `there is no sysctl census of ${node}`,
      `run the probes with a census of ${node} (--census)`,
    )
  const forwarding = forwardingOff(census)
  if (forwarding !== undefined) {
    const [key, value] = forwarding
    return sysctl(census, key, value, `sysctl -w ${key}=1 on ${node}`, [])
  }
  const filter = filtering(census)
  const drops = dropsSince(census, since)
  const dropped =
    census.reversePathRise !== undefined && drops !== undefined ? [census.reversePathRise.event] : []
  if (
    filter !== undefined &&
    (drops !== undefined || filter.effective === 1 || filter.value.changed !== undefined)
  ) {
    const remedy = `sysctl -w ${filter.key}=0 on ${node}, and keep it so in /etc/sysctl.d/99-zzz-override_cilium.conf`
    return sysctl(census, filter.key, filter.value, remedy, dropped, drops)
  }
  if (drops !== undefined)
    return {
      kind: 'sysctl',
      text: `sysctl: ${node} drops by reverse path: ${drops}`,
      remedy: `see net.ipv4.conf.*.rp_filter on ${node}`,
      events: dropped,
    }
  const rule = census.filters.find(({ rise }) => rise !== undefined && rise.at >= since)
  if (rule?.rise !== undefined)
    return {
      kind: 'netfilter',
      text: `netfilter: a rule dropped ${rule.rise.to - rule.rise.from} more packets: ${rule.rule}`,
      remedy: `take the rule away on ${node}, or except lxc* and cilium_* from it`,
      events: [rule.rise.event],
    }
  return unknown(
    census.problem === undefined
      ? `neither sysctls nor counters nor packet filter of ${node} explain it`
      : `the sysctl census of ${node} fails: ${census.problem}`,
    `look at the datapath of ${node}: its Cilium agent, its routes, its links`,
  )
}

function unknown(text: string, remedy: string): LossCause {
  return { kind: 'unknown', text: `unknown: ${text}`, remedy, events: [] }
}

function sysctl(
  census: NodeCensus,
  key: string,
  value: SysctlValue,
  remedy: string,
  events: readonly number[],
  drops?: string,
): LossCause {
  const parts = [howItCame(key, value), provenance(census, key, value.value), drops]
  return {
    kind: 'sysctl',
    text: `sysctl: ${parts.filter((part) => part !== undefined).join('; ')}`,
    remedy,
    events: [value.changed?.event ?? census.event, ...events],
  }
}

/** A node that forwarded when the census began, and does not any more. */
function forwardingOff(census: NodeCensus): readonly [string, SysctlValue] | undefined {
  for (const key of FORWARDING) {
    const value = census.values.get(key)
    if (value?.value === '0' && value.changed !== undefined) return [key, value]
  }
  return undefined
}
