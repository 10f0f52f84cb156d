import { describe, expect, test } from 'vitest'
import { only } from '../../../support/observed-cluster.ts'
import { ProbedCluster } from '../../../support/probed-cluster.ts'

const ALL = 'net.ipv4.conf.all.rp_filter'
const LXC = 'net.ipv4.conf.lxc1.rp_filter'
const setting = (file: string, value: string, key = ALL): { file: string; key: string; value: string } => ({
  file,
  key,
  value,
})

describe('sysctl', () => {
  test('is an error from the instant at which filtering became strict', () => {
    const lab = new ProbedCluster()
    lab.census()
    lab.all.passes('3s')
    lab.strict()
    expect(only(lab.all.verdict())).toMatchObject({
      code: 'sysctl',
      severity: 'error',
      node: 'a',
      since: lab.now,
      cause: `no file says ${ALL} = 1`,
    })
    lab.changes({ values: { [ALL]: '0' } })
    expect(lab.all.verdict().findings).toEqual([])
  })

  test.each([
    ['strict by the device', { [ALL]: '0', [LXC]: '1' }, 'error', LXC],
    ['loose from the beginning', { [ALL]: '2', [LXC]: '1' }, 'warning', ALL],
    ['strict from the beginning', { [ALL]: '1', [LXC]: '0' }, 'error', ALL],
  ])('%s', (_name, values, severity, key) => {
    const lab = new ProbedCluster()
    lab.census({ values })
    const finding = only(lab.all.verdict())
    expect(finding.severity).toBe(severity)
    expect(finding.summary).toContain(`${key} is`)
  })

  test('says nothing of a node without devices of Cilium', () => {
    const lab = new ProbedCluster()
    lab.census({ values: { [ALL]: '1', 'net.ipv4.conf.eth0.rp_filter': '1' } })
    expect(lab.all.verdict().findings).toEqual([])
  })

  test('warns of a file that would turn it on, unless a later one turns it off', () => {
    const lab = new ProbedCluster()
    lab.census({ settings: [setting('/etc/sysctl.d/50-hardening.conf', '1')] })
    expect(only(lab.all.verdict())).toMatchObject({
      severity: 'warning',
      summary: `/etc/sysctl.d/50-hardening.conf of a says ${ALL} = 1, and there is no 99-zzz-override_cilium.conf`,
    })
    lab.changes({
      settings: [
        setting('/etc/sysctl.d/50-hardening.conf', '1'),
        setting('/etc/sysctl.d/99-zzz-override_cilium.conf', '0'),
      ],
    })
    expect(lab.all.verdict().findings).toEqual([])
    lab.changes({
      settings: [
        setting('/etc/sysctl.d/99-zzz-override_cilium.conf', '0', 'net.ipv4.conf.lxc*.rp_filter'),
        setting('/etc/sysctl.d/zz-late.conf', '1', 'net.ipv4.conf.*.rp_filter'),
      ],
    })
    expect(only(lab.all.verdict()).summary).toContain(
      'zz-late.conf of a says net.ipv4.conf.*.rp_filter = 1, after',
    )
  })
})
