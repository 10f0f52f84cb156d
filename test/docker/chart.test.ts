// Cilium's own charts with the lab's values, and the lab's resources, before a real API server: every field known, every
// value allowed.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planOf, type Families } from '../../src/lab/kind/site.ts'
import { bgpResources, ciliumValues, echoWorkload } from '../../src/lab/kind/values.ts'
import { CILIUM_MINORS } from '../../src/lab/kind/versions.ts'
import { labWithRouter, type LabWithRouter } from '../support/lab.ts'

const run = promisify(execFile)
/** Not kube-system: there the native lab has a ConfigMap and a DaemonSet of the same names. */
const NAMESPACE = 'chart'

let world: LabWithRouter
let directory: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'routewitness-chart-'))
  world = await labWithRouter({ name: 'test-chart', cilium: '1.20.2' })
  for (const namespace of [NAMESPACE, 'cilium-secrets'])
    await world.lab.kubectl(['create', 'namespace', namespace])
}, 240_000)

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
})

async function judged(text: string): Promise<string[]> {
  const file = join(directory, 'objects.yaml')
  writeFileSync(file, text)
  const said = await world.lab.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', file])
  return said.trim().split('\n')
}

/** The chart as the Go module of that release has it. */
async function chartOf(release: string): Promise<string> {
  const { stdout } = await run('go', ['mod', 'download', '-json', `github.com/cilium/cilium@v${release}`], {
    cwd: directory,
  })
  return join((JSON.parse(stdout) as { Dir: string }).Dir, 'install/kubernetes/cilium')
}

const CASES = CILIUM_MINORS.flatMap((cilium) =>
  (['ipv4', 'ipv6', 'dual'] as const).map((families): [string, Families] => [cilium, families]),
)

test.each(CASES)('Cilium %s, %s', async (cilium, families) => {
  const plan = planOf({ cilium, families })
  const values = join(directory, 'values.yaml')
  writeFileSync(values, ciliumValues(plan))
  const { stdout } = await run(
    'helm',
    [
      ...['template', 'cilium', await chartOf(plan.cilium), '--namespace', NAMESPACE],
      ...['--kube-version', '1.34.0', '--values', values],
    ],
    { maxBuffer: 64 << 20 },
  )
  // Just the images that `preload` fetches.
  const images = new Set([...stdout.matchAll(/^\s+(?:- )?image: "?([^"\s]+)/gm)].map(([, image]) => image!))
  expect([...images].sort()).toEqual([
    `quay.io/cilium/cilium:v${plan.cilium}`,
    `quay.io/cilium/operator-generic:v${plan.cilium}`,
  ])
  // The native lab's API server allows nobody a privileged container, and mounts that only such may have: nothing else is changed.
  const objects = await judged(
    stdout
      .replaceAll('privileged: true', 'privileged: false')
      .replaceAll('mountPropagation: Bidirectional', 'mountPropagation: HostToContainer'),
  )
  expect(objects.length).toBeGreaterThan(10)
  for (const line of objects) expect(line).toMatch(/ (created|configured) \(server dry run\)$/)

  const own = await judged(`${bgpResources(plan)}---\n${echoWorkload(plan)}`)
  expect(own).toHaveLength(families === 'dual' ? 8 : 7)
})
