import { describe, expect, test } from 'vitest'
import { probeRows } from '../../../../src/probe/rows.ts'
import { expectSameWhenReread } from '../../../support/reread.ts'
import { lines, only } from '../../../support/observed-cluster.ts'
import { ProbedCluster } from '../../../support/probed-cluster.ts'
import { update } from '../../../support/speaker-messages.ts'

const withdrawal = update({ prefixes: [], withdrawn: ['10.1.1.0/24'] })

describe('blackhole', () => {
  test('is an error since the first of three probes that were lost, while the session is Established', () => {
    const lab = new ProbedCluster()
    const since = lab.loses()
    expect(only(lab.all.verdict())).toMatchObject({
      code: 'blackhole',
      severity: 'error',
      node: 'a',
      prefix: '10.1.1.0/24',
      session: 1,
      since,
      cause: 'unknown: there is no sysctl census of a',
    })
  })

  test('names the sysctl that changed, when, by which file, and the counter', () => {
    const lab = new ProbedCluster()
    lab.census({
      settings: [{ file: '/etc/sysctl.d/50-x.conf', key: 'net.ipv4.conf.all.rp_filter', value: '1' }],
    })
    const since = lab.loses()
    const changed = lab.strict({ reversePathDrops: 9 })
    const finding = lab.all.verdict().findings.find(({ code }) => code === 'blackhole')!
    expect(finding.since).toBe(since)
    expect(finding.cause).toMatch(
      /^sysctl: net\.ipv4\.conf\.all\.rp_filter went from 0 to 1 between \S+ and \S+; \/etc\/sysctl\.d\/50-x\.conf says net\.ipv4\.conf\.all\.rp_filter = 1; TcpExtIPReversePathFilter rose to 9$/,
    )
    expect(finding.evidence).toContain(changed)
    expect(lines(lab.all.verdict())).toEqual(['a sysctl', 'a 10.1.1.0/24 blackhole'])
  })

  test('names the packet filter rule whose counter rose', () => {
    const lab = new ProbedCluster()
    const rule = '-A PREROUTING -m rpfilter --invert -j DROP'
    lab.census({ filters: [{ rule, packets: 2 }] })
    lab.loses()
    lab.changes({ filters: [{ rule, packets: 7 }] })
    expect(only(lab.all.verdict()).cause).toBe(`netfilter: a rule dropped 5 more packets: ${rule}`)
  })

  test('a loose filter that was there before and dropped nothing is not the cause', () => {
    const lab = new ProbedCluster()
    lab.census({ values: { 'net.ipv4.conf.all.rp_filter': '2', 'net.ipv4.conf.lxc1.rp_filter': '0' } })
    lab.loses()
    const found = lab.all.verdict().findings.find(({ code }) => code === 'blackhole')
    expect(found?.cause).toBe('unknown: neither sysctls nor counters nor packet filter of a explain it')
  })

  test('is a warning with cause mtu when only full-size packets are lost', () => {
    const lab = new ProbedCluster()
    const begun = lab.now
    lab.loses({ kind: 'large' })
    lab.reports({ inRow: 50, since: begun })
    expect(only(lab.all.verdict())).toMatchObject({
      code: 'blackhole',
      severity: 'warning',
      cause: expect.stringMatching(/^mtu:/),
    })
  })

  test('the size is not to blame for what is lost while small probes only just get through again', () => {
    const lab = new ProbedCluster()
    lab.loses({ kind: 'large' })
    lab.reports()
    expect(lab.all.verdict().findings).toEqual([])
  })

  test('is found at 5 % over ten seconds, too', () => {
    const lab = new ProbedCluster()
    const since = lab.now
    lab.reports({ results: 50, lost: 3, inRow: 10, from: since, since: since + 8e6, sent: since + 9.9e6 })
    lab.all.passes('10s')
    expect(only(lab.all.verdict())).toMatchObject({ code: 'blackhole', since })
    lab.reports({ results: 50, inRow: 60, from: lab.now, sent: lab.now + 9.9e6, since: since + 8e6 })
    lab.all.passes('10s')
    lab.reports()
    expect(lab.all.verdict().findings).toEqual([])
  })

  test('says nothing of a path that is no longer probed', () => {
    const lab = new ProbedCluster()
    lab.reports({ node: 'b', nextHop: '10.0.0.2' })
    lab.ends({ node: 'b', nextHop: '10.0.0.2' })
    lab.loses()
    expect(only(lab.all.verdict()).impact).not.toContain('through b')
  })

  test('a target that refuses after it answered is there: nothing listens any more', () => {
    const lab = new ProbedCluster()
    lab.reports()
    lab.all.passes('1s')
    lab.reports({ outcome: 'refused', results: 3, lost: 3, inRow: 3 })
    const finding = only(lab.all.verdict())
    expect(finding).toMatchObject({ code: 'blackhole', severity: 'error' })
    expect(finding.cause).toContain('nothing listens at 10.1.1.10:8080')
    expect(finding.impact).not.toContain('lost')
  })

  test('says through which node the same target answers', () => {
    const lab = new ProbedCluster()
    lab.reports({ node: 'b', nextHop: '10.0.0.2' })
    lab.loses()
    expect(only(lab.all.verdict()).impact).toMatch(/; the same target answers through b \(10\.0\.0\.2\)$/)
  })

  test.each<[string, (lab: ProbedCluster) => void]>([
    ['two losses', (lab) => lab.reports({ outcome: 'timeout', results: 2, lost: 2, inRow: 2 })],
    ['the route is withdrawn', (lab) => (lab.loses(), lab.all.message(1, withdrawal))],
    ['the session is closed', (lab) => (lab.loses(), lab.all.closes(1, 'fin'))],
    ['an answer', (lab) => (lab.loses(), lab.reports())],
    [
      'the series is over, and its last probe was answered',
      (lab) => (lab.loses(), lab.reports({ ended: true })),
    ],
    ['it is over for long', (lab) => (lab.loses(), lab.ends(), lab.all.passes('31s'))],
    [
      'another prober is on the path',
      (lab) => (lab.loses(), lab.ends(), lab.reports({ target: '10.1.1.11:80' })),
    ],
    ['a test is over', (lab) => (lab.loses(), lab.ends(), lab.all.event({ type: 'reset' }))],
    [
      'the route came after the prober had gone',
      (lab) => {
        lab.loses()
        lab.ends()
        lab.all.passes('1s')
        lab.all.message(1, withdrawal)
        lab.all.message(1, update({ prefixes: ['10.1.1.0/24'] }))
      },
    ],
    ['nobody has probed for long', (lab) => (lab.loses(), lab.all.passes('31s').set())],
  ])('is none when %s', (_when, happens) => {
    const lab = new ProbedCluster()
    lab.reports()
    happens(lab)
    lab.all.event({ type: 'mark', name: 'now' })
    expect(lines(lab.all.verdict()).filter((line) => line.endsWith('blackhole'))).toEqual([])
  })

  test('stays for 30 s after the prober has ended, with what its census knew', () => {
    const lab = new ProbedCluster()
    lab.census()
    lab.loses()
    lab.strict()
    const [sysctl, before] = lab.all.verdict().findings
    expect(before!.code).toBe('blackhole')
    lab.ends()
    lab.changes({ values: {}, ended: true })
    lab.all.passes('29s')
    lab.all.event({ type: 'mark', name: 'still' })
    expect(lab.all.verdict().findings).toEqual([sysctl, before])
    const checkpoint = JSON.parse(JSON.stringify(lab.all.observer.checkpoint())) as never
    expect(lab.all.reread(lab.all.events.length, checkpoint).verdict().findings).toEqual([sysctl, before])
    expect(probeRows(lab.all.observer)).toMatchObject([{ outcome: 'timeout', ended: true }])
    lab.all.passes('2s')
    lab.all.event({ type: 'mark', name: 'no more' })
    expect(lab.all.verdict().findings).toEqual([])
    expect(probeRows(lab.all.observer)).toEqual([])
  })

  test('is the same from the record, and from a checkpoint on', () => {
    const lab = new ProbedCluster()
    lab.census()
    lab.loses()
    lab.strict()
    const live = lab.all.verdict()
    expect(live.findings.map(({ code }) => code)).toEqual(['sysctl', 'blackhole'])
    expectSameWhenReread(lab.all, live)
  })
})
