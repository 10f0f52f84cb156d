// Traces of tests: which are kept by each policy, and what lies in the folder. Each row runs vitest on files of its own.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTrace } from '../../src/index.ts'
import { keeps, records, TRACE_POLICIES, tracePlan } from '../../src/testing/policy.ts'
import { folderName } from '../../src/testing/results.ts'
import { fixtureFolder, runVitest } from '../support/vitest-run.ts'

/** Four tests: one that passes, one that passes when it is tried again, one that never does, one that fails by a claim. */
const file = (scope: 'file' | 'test', policy?: string, directory?: string): string => `
import { expect } from 'vitest'
import { fromStatic } from 'SRC/index.ts'
import { routerTest } from 'SRC/testing/vitest.ts'

const test = routerTest(
  {
    asn: 65000,
    listen: '127.0.0.1:0',
    settle: '10ms',
    expected: fromStatic([{ node: 'node01', prefixes: ['10.0.1.0/24'], identifiers: '10.0.0.1' }]),
  },
  ${JSON.stringify({ scope, policy, directory })},
)
let tries = 0
test('passes', ({ router }) => { router.mark('here') })
test('passes at last', { retry: 2 }, ({ router }) => { router.mark('again'); expect(++tries).toBe(3) })
test('always fails', { retry: 1 }, () => { throw new Error('no reason') })
test('fails by a claim', ({ router }) => { expect(router.state()).toAdvertise('10.0.1.0/24') })
`

/** What lies in the one folder of a file, below the folder of all traces. */
function keptIn(directory: string): { readonly kept: readonly string[]; readonly results: string } {
  const [folder] = existsSync(directory) ? readdirSync(directory) : []
  const results = join(directory, folder ?? '')
  return { results, kept: folder === undefined ? [] : readdirSync(results).sort() }
}

const SCOPES = ['test', 'file'] as const

/** One run of vitest over all policies: a file for each. */
let root: string
const ends: (() => void)[] = []
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'routewitness-traces-'))
  ends.push(() => rmSync(root, { recursive: true, force: true }))
  const files = SCOPES.flatMap((scope) =>
    TRACE_POLICIES.map((policy) => [
      `${scope}-${policy}.test.ts`,
      file(scope, policy, join(root, scope, policy)),
    ]),
  )
  const { tests, output } = await runVitest(Object.fromEntries(files) as Record<string, string>, {
    settings: { isolate: false, maxWorkers: 1 },
    directory: fixtureFolder((remove) => void ends.push(remove)),
  })
  expect(
    Object.values(tests).map(({ status }) => status),
    output,
  ).toEqual(['passed', 'passed', 'failed', 'failed'])
}, 120_000)
afterAll(() => {
  for (const end of ends) end()
})

const FAILED = [
  'always-fails',
  'always-fails-retry1',
  'fails-by-a-claim',
  'passes-at-last',
  'passes-at-last-retry1',
]
const RETRIES = ['always-fails-retry1', 'passes-at-last-retry1', 'passes-at-last-retry2']
const KEPT: Record<(typeof TRACE_POLICIES)[number], readonly string[]> = {
  off: [],
  on: [...FAILED, 'passes', 'passes-at-last-retry2'],
  'retain-on-failure': FAILED,
  'on-first-retry': ['always-fails-retry1', 'passes-at-last-retry1'],
  'on-all-retries': RETRIES,
  'retain-on-first-failure': ['always-fails', 'fails-by-a-claim', 'passes-at-last'],
  'retain-on-failure-and-retries': [...FAILED, 'passes-at-last-retry2'],
}

describe('a router for each test has a trace of its own', () => {
  test.each(TRACE_POLICIES)('%s', async (policy) => {
    const { kept, results } = keptIn(join(root, 'test', policy))
    expect(kept).toEqual([...KEPT[policy]].sort())
    for (const name of kept) {
      const trace = await openTrace(join(results, name, 'trace'))
      expect(
        trace
          .state()
          .nodes()
          .map(({ node }) => node),
      ).toEqual(['node01'])
    }
  })
})

describe('a router for the file has one trace, to which the folders of its tests point', () => {
  test.each(TRACE_POLICIES)('%s', async (policy) => {
    const { kept, results } = keptIn(join(root, 'file', policy))
    expect(kept).toEqual(KEPT[policy].length === 0 ? [] : [...KEPT[policy], 'trace'].sort())
    for (const name of kept.filter((name) => name !== 'trace')) {
      const about = JSON.parse(readFileSync(join(results, name, 'test.json'), 'utf8')) as {
        trace: string
        from: { event: number }
        to: { event: number }
      }
      const trace = await openTrace(join(results, name, about.trace))
      const window = trace.window(about.from.event, about.to.event)
      const marks = window.events().filter(({ type }) => type === 'mark')
      expect(
        marks.map(({ text }) => text),
        name,
      ).toEqual(name.startsWith('passes-at-last') ? ['again'] : name === 'passes' ? ['here'] : [])
    }
  })
})

test(
  'without a policy the traces of failed tests are kept; each folder says what failed, and the report names it',
  { timeout: 60_000 },
  async () => {
    const directory = fixtureFolder()
    const environment = { ROUTEWITNESS_TRACE_DIR: join(directory, 'kept') }
    const { output } = await runVitest({ 'some.test.ts': file('test') }, { environment, directory })
    const { kept, results } = keptIn(join(directory, 'kept'))
    expect(kept).toEqual(FAILED)
    const folder = join(results, 'fails-by-a-claim')
    expect(readdirSync(folder).sort()).toEqual(['failure.txt', 'test.json', 'timeline.txt', 'trace'])
    expect(JSON.parse(readFileSync(join(folder, 'test.json'), 'utf8'))).toMatchObject({
      test: 'fails by a claim',
      file: relative(process.cwd(), join(directory, 'some.test.ts')),
      status: 'failed',
      retry: 0,
      policy: 'retain-on-failure',
      trace: 'trace',
      open: [
        expect.stringMatching(/^routewitness get events --trace trace --since 0 --at \d+$/),
        expect.stringMatching(/^routewitness check --trace trace --at \d+$/),
      ],
    })
    const failure = readFileSync(join(folder, 'failure.txt'), 'utf8')
    expect(failure).toContain('nobody announces 10.0.1.0/24')
    expect(failure).toContain(`trace     ${relative(process.cwd(), join(folder, 'trace'))}`)
    expect(readFileSync(join(folder, 'timeline.txt'), 'utf8')).toContain('listens on 127.0.0.1')
    // As an annotation, in vitest's own reporter.
    expect(output).toContain(`trace: ${relative(process.cwd(), folder)}`)
    expect(output).not.toContain(`trace: ${relative(process.cwd(), join(results, 'passes'))}\n`)
  },
)

test(
  'the next run clears what the last one left of its files, and nothing else',
  { timeout: 60_000 },
  async () => {
    const directory = fixtureFolder()
    const environment = { ROUTEWITNESS_TRACE_DIR: join(directory, 'kept') }
    const source = (body: string): string =>
      `import { routerTest } from 'SRC/testing/vitest.ts'
const test = routerTest({ asn: 65000, listen: '127.0.0.1:0' })
test('one', ({ router }) => { ${body} })
`
    const list = (): string[] => readdirSync(join(directory, 'kept'), { recursive: true }).map(String).sort()
    await runVitest(
      { 'a.test.ts': source('throw new Error()'), 'b.test.ts': source('throw new Error()') },
      { directory, environment },
    )
    const before = list()
    expect(before.some((path) => path.includes('a.test.ts'))).toBe(true)
    await runVitest({ 'a.test.ts': source('') }, { directory, environment, args: ['a.test.ts'] })
    expect(list()).toEqual(before.filter((path) => !path.includes('a.test.ts')))
  },
)

test('two routers in one file have a trace each', { timeout: 60_000 }, async () => {
  const directory = fixtureFolder()
  const environment = { ROUTEWITNESS_TRACE_DIR: join(directory, 'kept'), ROUTEWITNESS_TRACE: 'on' }
  const source = `import { routerTest } from 'SRC/testing/vitest.ts'
const [one, two, three] = ['file', 'file', 'test'].map((scope) => routerTest({ asn: 65000, listen: '127.0.0.1:0' }, { scope }))
one('first', ({ router }) => { router.mark('of the first') })
two('second', ({ router }) => { router.mark('of the second') })
three('third', ({ router }) => { router.mark('of the third') })
`
  await runVitest({ 'a.test.ts': source }, { directory, environment })
  const { kept, results } = keptIn(join(directory, 'kept'))
  expect(kept).toEqual(['first', 'second', 'third', 'trace', 'trace-2'])
  const about = (test: string): string =>
    (JSON.parse(readFileSync(join(results, test, 'test.json'), 'utf8')) as { trace: string }).trace
  expect(['first', 'second', 'third'].map(about)).toEqual(['../trace', '../trace-2', 'trace'])
})

test('an option says what the environment does not; the environment wins; a wrong name is told', () => {
  expect(tracePlan({}, {})).toEqual({ policy: 'retain-on-failure', directory: 'test-results' })
  expect(tracePlan({ policy: 'on', directory: 'x' }, {})).toEqual({ policy: 'on', directory: 'x' })
  expect(tracePlan({ policy: 'on' }, { ROUTEWITNESS_TRACE: 'off' }).policy).toBe('off')
  expect(() => tracePlan({}, { ROUTEWITNESS_TRACE: 'retain-on-failures' })).toThrow(
    'there is no policy "retain-on-failures"',
  )
})

test('an attempt that cannot be kept is not recorded', () => {
  const recorded = TRACE_POLICIES.filter((policy) => records(policy, 0))
  expect(recorded).toEqual([
    'on',
    'retain-on-failure',
    'retain-on-first-failure',
    'retain-on-failure-and-retries',
  ])
  expect(keeps('on-first-retry', { retry: 2, failed: true })).toBe(false)
})

test('names of tests become names of folders, and different ones stay different', () => {
  expect(folderName('a rollout withdraws nothing')).toBe('a-rollout-withdraws-nothing')
  expect(folderName('../../etc')).not.toContain('/')
  expect(folderName('10.0.0.0/8: a')).not.toBe(folderName('10.0.0.0_8: a'))
  expect(folderName('x'.repeat(300)).length).toBeLessThan(100)
})
