// What a drill says it makes use of is what it makes use of; the rest is refused before anything is begun.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { UserError } from '../../src/core/errors/user-error.ts'
import type { DrillOption, DrillParameters } from '../../src/drill/contract.ts'
import { DRILLS, findDrill } from '../../src/drill/table.ts'
import { demandUse } from '../../src/drill/uses.ts'
import { drillOnNativeLab } from '../../src/lab/native/drill.ts'
import { simulate, simulation } from '../support/drill-run.ts'

const OPTIONS: readonly DrillOption[] = ['delay', 'maxUnavailable', 'span', 'load', 'to']

test.each(DRILLS.map(({ id }) => id))('%s reads just those options that it says it uses', async (id) => {
  const read = new Set<string>()
  const { run, parameters } = simulation(id)
  const watched = new Proxy(parameters, {
    get(target, key) {
      read.add(String(key))
      return target[key as keyof DrillParameters]
    },
  })
  await run({ parameters: watched })
  const { uses } = findDrill(id)!
  // The result of every drill tells the release that it changed to.
  const wanted = OPTIONS.filter((option) => uses.includes(option) && option !== 'to')
  expect(OPTIONS.filter((option) => read.has(option) && option !== 'to')).toEqual(wanted)
})

test.each(DRILLS.filter(({ uses }) => uses.includes('node')).map(({ id }) => id))(
  '%s does its things to the node that is named',
  async (id) => {
    const { steps, bars } = await simulate(id, { parameters: { node: 'master1' } })
    const text = [...steps.map(({ name }) => name), ...bars.map(({ node }) => node ?? '')].join('\n')
    expect(text).toContain('master1')
  },
)

test.each(['upgrade', 'upgrade-slow-pull', 'downgrade'])('%s changes to --to', (name) => {
  expect(findDrill(name)!.uses).toContain('to')
})

describe('refused before anything is begun', () => {
  let cache: string
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'routewitness-cache-'))
  })
  afterEach(() => rm(cache, { recursive: true }))

  test.each<[string, Partial<DrillParameters>, string, string]>([
    ['S03', { to: '1.20.2' }, 'S03 restart-agent makes no use of --to', 'S07, S08, S09'],
    ['S12', { delay: 1e6 }, 'S12 dead-node-plain makes no use of --delay', 'S02, S03'],
    ['S12', { load: 2 }, 'S12 dead-node-plain makes no use of --load', 'S16'],
    ['S02', { restartTime: 9e6 }, 'S02 restart-agent-plain makes no use of --restart-time', 'S01, S03'],
    ['S20', { node: 'node01' }, 'S20 router-restart makes no use of --node', 'S01, S02'],
    ['S12', { to: '1.20.2', delay: 1e6 }, 'S12 dead-node-plain makes no use of --delay, --to', 'S02, S03'],
  ])('%s with %o', async (id, parameters, message, others) => {
    const error = await drillOnNativeLab(findDrill(id)!, { cache, parameters }).catch(
      (error: unknown) => error,
    )
    expect(error).toMatchObject({
      code: 'RW_USAGE',
      what: message,
      remedy: expect.stringContaining(` is for ${others}`) as string,
    })
    expect(await readdir(cache)).toEqual([])
  })

  test('the drills that use it are named for each', async () => {
    const error = await drillOnNativeLab(findDrill('S12')!, {
      cache,
      parameters: { to: '1.20.2', load: 1 },
    }).catch((error: unknown) => error)
    expect((error as UserError).remedy).toBe('Leave it out. --load is for S16. --to is for S07, S08, S09.')
  })

  test('a node that the lab will not have', async () => {
    const parameters = { node: 'nix' }
    await expect(drillOnNativeLab(findDrill('S03')!, { cache, parameters })).rejects.toMatchObject({
      code: 'RW_USAGE',
      what: 'the cluster has no node nix',
      remedy: 'Its nodes are master1, master2, master3, node01.',
    })
    expect(await readdir(cache)).toEqual([])
  })

  test('what is undefined was not given', () => {
    expect(() => demandUse(findDrill('S03')!, { to: undefined, span: undefined } as never)).not.toThrow()
  })
})
