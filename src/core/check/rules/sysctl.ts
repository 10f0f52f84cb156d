import {
  CILIUM_OVERRIDE,
  RP_FILTER_ALL,
  filtering,
  howItCame,
  isCilium,
  latent,
  provenance,
} from '../rp-filter.ts'
import { evidenceOf } from '../words.ts'
import type { CensusRule } from './rule.ts'

const IMPACT = 'replies of pods are dropped where they leave their veth; BGP does not notice (incident I-3)'
const REMEDY = `write 0 for net.ipv4.conf.all.rp_filter and net.ipv4.conf.lxc*.rp_filter into /etc/sysctl.d/${CILIUM_OVERRIDE} and apply it`

/** Reverse-path filtering where Cilium needs it off (D-21), or a file that will turn it on (D-22). */
export const sysctl: CensusRule = {
  on: 'census',
  code: 'sysctl',
  severity: 'error',
  meaning:
    'reverse-path filtering is on for devices of Cilium, or a file will turn it on when sysctls are applied anew',

  judge(census) {
    if (!isCilium(census)) return undefined
    const filter = filtering(census)
    if (filter !== undefined) {
      const { key, value, effective, devices } = filter
      const loose = effective === 2 && value.changed === undefined
      const on = devices.length > 3 ? `${devices.length} devices` : devices.join(', ')
      return {
        severity: loose ? 'warning' : 'error',
        since: value.changed?.at ?? census.read,
        evidence: evidenceOf(value.changed?.event ?? census.event),
        summary: `reverse-path filtering is ${effective === 1 ? 'strict' : 'loose'} on ${on} of ${census.node}: ${howItCame(key, value)}`,
        cause: provenance(census, key, value.value) ?? `no file says ${key} = ${value.value}`,
        impact: effective === 1 ? IMPACT : 'replies of pods whose source has no route are dropped',
        remedy: `sysctl -w ${key}=0; ${REMEDY}`,
      }
    }
    const risk = latent(census)
    if (risk === undefined) return undefined
    const { setting, overridden } = risk
    return {
      severity: 'warning',
      since: census.read,
      evidence: evidenceOf(census.event),
      summary: `${setting.file} of ${census.node} says ${setting.key} = ${setting.value}${overridden ? `, after ${CILIUM_OVERRIDE}` : `, and there is no ${CILIUM_OVERRIDE}`}`,
      cause:
        'Cilium wrote 0 when it started; whoever applies the files anew (systemd-sysctl, tuned) writes this over it',
      impact: `the next time that sysctls are applied, ${IMPACT}`,
      remedy: setting.key === RP_FILTER_ALL ? REMEDY : `${REMEDY}, or take the line out of ${setting.file}`,
    }
  },
}
