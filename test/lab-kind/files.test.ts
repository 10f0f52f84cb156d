// The files below lab/ that people read, and the commands that `lab` gives: made by the code, compared here. `vitest -u` writes them anew.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { DryRunner } from '../../src/lab/kind/dry-runner.ts'
import { labDown, labPreload, labUp, labUpgrade, type LabWorld } from '../../src/lab/kind/lab.ts'
import { addressesOf, planOf } from '../../src/lab/kind/site.ts'
import { bgpResources, ciliumValues, echoWorkload } from '../../src/lab/kind/values.ts'
import { CILIUM_MINORS } from '../../src/lab/kind/versions.ts'
import { renderCompose } from '../../src/lab/render/compose.ts'
import { renderKind } from '../../src/lab/render/kind.ts'

const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const FILES: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(
    (['ipv4', 'ipv6', 'dual'] as const).map((families) => [
      `lab/kind/${families}.yaml`,
      () => renderKind({ families, nodeImage: planOf({}).nodeImage }),
    ]),
  ),
  ...Object.fromEntries(
    CILIUM_MINORS.flatMap((cilium) => [
      [`lab/cilium/${cilium}/values.yaml`, () => ciliumValues(planOf({ cilium }))],
      [`lab/cilium/${cilium}/bgp.yaml`, () => bgpResources(planOf({ cilium }))],
    ]),
  ),
  'lab/compose.yaml': () =>
    renderCompose({
      router: addressesOf(planOf({})).router,
      hold: 9,
      state: './router',
      kubeconfig: './router-kubeconfig',
    }),
  'lab/echo.yaml': () => echoWorkload(planOf({})),
}

test.each(Object.entries(FILES))('%s', async (file, make) => {
  await expect(make()).toMatchFileSnapshot(inRepository(file))
})

/** What `--dry-run` prints. */
async function transcript(
  work: (world: LabWorld) => Promise<unknown>,
  more: Partial<LabWorld> = {},
): Promise<string> {
  const lines: string[] = []
  const runner = new DryRunner((line) => lines.push(line))
  await work({
    runner,
    cleaner: runner,
    progress: { tell: (line) => lines.push(`## ${line}`) },
    directory: '/labs',
    now: () => new Date(0),
    source: '/routewitness',
    ...more,
  })
  return `${lines.join('\n')}\n`
}

const TRANSCRIPTS: Readonly<Record<string, () => Promise<string>>> = {
  up: () => transcript((world) => labUp(world, {})),
  'up-offline-dual': () =>
    transcript(
      (world) =>
        labUp(world, {
          name: 'tor',
          cilium: '1.18',
          workers: 1,
          families: 'dual',
          network: 'tor',
          subnet: '198.19.0.0/24',
        }),
      { offline: true },
    ),
  upgrade: () => transcript((world) => labUpgrade(world, { cilium: '1.20' })),
  down: () => transcript((world) => labDown(world, { purge: true })),
  preload: () => transcript((world) => labPreload(world, { cilium: '1.19' })),
}

test.each(Object.entries(TRANSCRIPTS))('the commands of lab %s', async (name, run) => {
  await expect(await run()).toMatchFileSnapshot(inRepository(`test/lab-kind/golden/${name}.txt`))
})
