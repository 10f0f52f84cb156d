import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { parseAccess } from '../../src/probe/access.ts'
import { censusManifest, censusPods } from '../../src/probe/census-pods.ts'
import { censusEvent, merged, parseReading } from '../../src/probe/census-read.ts'
import { judgeCensuses, takeCensus } from '../../src/probe/rows.ts'

const RP = 'rp_filter'

/** A folder with these files in it, as the root of a node. */
function root(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), "routewitness-census it's "))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  return directory
}

const here = (files: Record<string, string>): ReturnType<typeof takeCensus> =>
  takeCensus(parseAccess('here=local', { root: root(files) }), () => 1)

describe('a census of this machine', () => {
  test('has the values of the kernel, the counter, and the files in the order in which they are applied', async () => {
    const census = await here({
      '/etc/sysctl.d/99-zzz-override_cilium.conf': '# no\n-net.ipv4.conf.lxc*.rp_filter = 0\n',
      '/usr/lib/sysctl.d/50-default.conf': 'net.ipv4.conf.default.rp_filter=2\nkernel.sysrq = 16\n',
      '/usr/lib/sysctl.d/10-hidden.conf': 'net.ipv4.conf.all.rp_filter = 1\n',
      '/etc/sysctl.d/10-hidden.conf': '',
      '/run/sysctl.d/60-run.conf': 'net/ipv4/conf/eth0.100/rp_filter = 1 \n',
      '/etc/sysctl.conf': 'net.ipv4.ip_forward = 1\n',
    })
    expect(census.node).toBe('here')
    expect(census.values['net.ipv4.conf.all.rp_filter']).toMatch(/^[012]$/)
    expect(census.values['net.ipv4.ip_forward']).toMatch(/^[01]$/)
    expect(census.reversePathDrops).toBeGreaterThanOrEqual(0)
    expect(census.settings?.map(({ file, key, value }) => `${file} ${key} ${value}`)).toEqual([
      '/usr/lib/sysctl.d/50-default.conf net.ipv4.conf.default.rp_filter 2',
      '/run/sysctl.d/60-run.conf net.ipv4.conf.eth0/100.rp_filter 1',
      '/etc/sysctl.d/99-zzz-override_cilium.conf net.ipv4.conf.lxc*.rp_filter 0',
      '/etc/sysctl.conf net.ipv4.ip_forward 1',
    ])
  })

  test('has the profile of tuned, and what it says comes last', async () => {
    const census = await here({
      '/etc/tuned/active_profile': 'hardened\n',
      '/usr/lib/tuned/hardened/tuned.conf': '[sysctl]\nnet.ipv4.conf.all.rp_filter = 1\n',
      '/etc/sysctl.d/99.conf': 'net.ipv4.conf.all.rp_filter = 0\n',
    })
    expect(census.tuned).toBe('hardened')
    expect(census.settings?.map(({ file }) => file)).toEqual([
      '/etc/sysctl.d/99.conf',
      '/usr/lib/tuned/hardened/tuned.conf',
    ])
  })

  test('that cannot be taken says why', async () => {
    const access = {
      ...parseAccess('docker:gone'),
      command: ['sh', '-c', 'echo no such container >&2; exit 1', 'x'],
    }
    await expect(takeCensus(access, () => 1)).rejects.toMatchObject({
      code: 'RW_PROBE',
      what: 'the sysctls of gone cannot be read (docker exec gone): no such container',
    })
  })
})

const lines = (values: string[], rest: string[] = []): string[] => ['#values', ...values, ...rest]
const all = (value: number): string => `/proc/sys/net/ipv4/conf/all/${RP}:${value}`

describe('a reading', () => {
  test('has rules of iptables and nft without their counters, and the counters', () => {
    const { filters } = parseReading(
      lines(
        [],
        [
          '#filter',
          '[12:720] -A PREROUTING -m rpfilter --validmark --invert -j DROP',
          '    fib saddr . iif oif missing counter packets 7 bytes 420 drop',
          '    fib saddr . mark . iif oif 0 drop',
        ],
      ),
      1,
      2,
    )
    expect(filters).toEqual([
      { rule: '-A PREROUTING -m rpfilter --validmark --invert -j DROP', packets: 12 },
      { rule: 'fib saddr . iif oif missing drop', packets: 7 },
      { rule: 'fib saddr . mark . iif oif 0 drop', packets: 0 },
    ])
  })

  test('makes no event when nothing changed, and else one with what did', () => {
    const first = parseReading(lines([all(0), `/proc/sys/net/ipv4/conf/lxc1/${RP}:0`], ['#filter']), 1, 2)
    const same = parseReading(lines([all(0), `/proc/sys/net/ipv4/conf/lxc1/${RP}:0`]), 3, 4)
    expect(censusEvent('a', first, same)).toBeUndefined()
    const next = parseReading(lines([all(1), `/proc/sys/net/ipv4/conf/lxc2/${RP}:0`]), 5, 6)
    expect(censusEvent('a', merged(first, same), next)).toMatchObject({
      node: 'a',
      read: 6,
      before: 3,
      values: {
        [`net.ipv4.conf.all.${RP}`]: '1',
        [`net.ipv4.conf.lxc1.${RP}`]: null,
        [`net.ipv4.conf.lxc2.${RP}`]: '0',
      },
    })
  })
})

test('the rules can be asked about a census alone', () => {
  const values = { 'net.ipv4.conf.all.rp_filter': '1', 'net.ipv4.conf.cilium_host.rp_filter': '0' }
  expect(judgeCensuses([{ node: 'a', read: 1, values }])).toMatchObject([
    { code: 'sysctl', severity: 'error', node: 'a', evidence: [] },
  ])
})

describe('a way to a node', () => {
  test.each([
    ['docker:kind-worker', 'kind-worker', ['docker', 'exec', '-i', 'kind-worker']],
    ['w=netns:n1', 'w', ['ip', 'netns', 'exec', 'n1']],
    ['w=pod:kube-system/x', 'w', ['kubectl', 'exec', '-i', '-n', 'kube-system', 'x', '--']],
  ])('%s', (text, node, command) => {
    expect(parseAccess(text)).toMatchObject({ node, command })
  })

  test.each(['ssh:host', 'docker:', 'pod:x', ''])('%j is none', (text) => {
    expect(() => parseAccess(text)).toThrow(/names no way to a node/)
  })
})

describe('the DaemonSet', () => {
  test('may do nothing but read', () => {
    const { spec } = (parse(censusManifest()) as { spec: { template: { spec: Record<string, never> } } }).spec
      .template
    expect(spec).toMatchObject({
      hostNetwork: true,
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: [{ readOnly: true }, { readOnly: true }],
        },
      ],
    })
    expect(spec).not.toHaveProperty('hostPID')
  })

  test('leads to every node on which it has a running pod', async () => {
    const pod = (name: string, nodeName: string, phase: string): unknown => ({
      metadata: { name },
      spec: { nodeName },
      status: { phase },
    })
    const items = [pod('p1', 'a', 'Running'), pod('p2', 'b', 'Pending')]
    const directory = root({ '/pods.json': JSON.stringify({ items }) })
    const kubectl = ['sh', '-c', 'cat "$0"', join(directory, 'pods.json')]
    expect(await censusPods(kubectl)).toMatchObject([
      { node: 'a', root: '/host', text: 'pod kube-system/p1' },
    ])
    await expect(censusPods(['sh', '-c', 'echo "{\\"items\\":[]}"'])).rejects.toMatchObject({
      remedy: expect.stringContaining('--manifest'),
    })
  })
})
