// An API server judges what `render` prints: every field known, every value allowed by the CRDs of the product itself.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderCilium } from '../../src/lab/render/cilium.ts'
import { renderMetallb } from '../../src/lab/render/metallb.ts'
import { labWithRouter, type LabWithRouter } from '../support/lab.ts'
import { RENDERED } from '../support/rendered.ts'

const METALLB = fileURLToPath(new URL('../fixtures/metallb', import.meta.url))

let world: LabWithRouter
let directory: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'routewitness-render-'))
  world = await labWithRouter({ name: 'test-render', cilium: '1.20.2' })
})

afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

/** What kubectl says of the objects when the server is to judge them and create nothing. */
async function judged(text: string): Promise<string[]> {
  const file = join(directory, 'objects.yaml')
  writeFileSync(file, text)
  const said = await world.lab.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', file])
  return said.trim().split('\n')
}

const rendered = (which: string): [string, () => string][] =>
  Object.entries(RENDERED).filter(([name]) => name.startsWith(which))

test.each(rendered('cilium'))('%s is what Cilium takes', async (_, render) => {
  const text = render()
  const objects = await judged(text)
  expect(objects).toHaveLength(text.split('\nkind: ').length - 1)
  for (const line of objects) expect(line).toMatch(/^cilium\S+\.cilium\.io\/\S+ created \(server dry run\)$/)
})

test('a field or value that Cilium does not know would have been refused', async () => {
  const text = renderCilium({ router: ['198.18.0.1'] })
  await expect(judged(text.replace('peerPort', 'peerPorts'))).rejects.toThrow('unknown field')
  await expect(judged(text.replace('holdTimeSeconds: 9', 'holdTimeSeconds: 2'))).rejects.toThrow(
    'should be greater than or equal to 3',
  )
})

test("MetalLB's resources are what its CRDs allow", async () => {
  const kinds = ['bgppeers', 'bgpadvertisements', 'ipaddresspools']
  for (const kind of kinds) await world.lab.kubectl(['apply', '-f', join(METALLB, `metallb.io_${kind}.yaml`)])
  await world.lab.kubectl([
    'wait',
    '--for=condition=Established',
    ...kinds.map((kind) => `crd/${kind}.metallb.io`),
  ])
  await world.lab.kubectl(['create', 'namespace', 'metallb-system'])
  for (const [, render] of rendered('metallb')) {
    for (const line of await judged(render()))
      expect(line).toMatch(/^\S+\.metallb\.io\/\S+ created \(server dry run\)$/)
  }
  const text = renderMetallb({ router: ['198.18.0.1'], pool: ['198.18.128.0/24'] })
  await expect(judged(text.replace('holdTime:', 'holdtime:'))).rejects.toThrow('unknown field')
})
