// `lab up` with real Docker: its network, the router's image and container by compose, sessions over the bridge.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { traceRows } from '../../src/harness/trace-view.ts'
import { labDown, labStatus, labUp, type LabWorld } from '../../src/lab/kind/lab.ts'
import { StandInRunner, type StandInSite } from '../support/docker-lab.ts'

const run = promisify(execFile)
const IMAGE = 'routewitness:test'
const NAME = 'routewitness-test'

// A lab of other addresses than the default, so that one of the user's may stay up.
const SITE: StandInSite = {
  name: NAME,
  network: NAME,
  gateway: '198.19.0.1',
  router: ['198.19.0.254', 'fd00:198:18:64::1790'],
  nodes: [
    {
      name: `${NAME}-control-plane`,
      addresses: ['198.19.0.11', 'fd00:198:18:64::11'],
      podCidrs: ['10.5.1.0/24', 'fd00:10:5::100/120'],
    },
    {
      name: `${NAME}-worker`,
      addresses: ['198.19.0.12', 'fd00:198:18:64::12'],
      podCidrs: ['10.5.2.0/24', 'fd00:10:5::200/120'],
    },
  ],
}
const FLAGS = {
  name: NAME,
  workers: 1,
  families: 'dual',
  network: NAME,
  subnet: '198.19.0.0/24',
  image: IMAGE,
} as const
const [FIRST, SECOND] = SITE.nodes.map(({ name }) => name) as [string, string]

let directory: string
let runner: StandInRunner
let told: string[]
let world: LabWorld

beforeAll(async () => {
  await run('npx', ['--no', '--', 'tsc', '-p', 'tsconfig.build.json'])
  await run('docker', ['build', '--network', 'host', '--tag', IMAGE, '--file', 'lab/Dockerfile', '.'], {
    maxBuffer: 64 << 20,
  })
  directory = mkdtempSync(join(tmpdir(), 'routewitness-lab-'))
  told = []
  runner = new StandInRunner(SITE, (line) => told.push(line))
  world = {
    runner,
    cleaner: runner,
    progress: { tell: (line) => told.push(line) },
    directory,
    now: () => new Date(Date.UTC(2026, 0, 2)),
  }
}, 600_000)

afterAll(async () => {
  if (world !== undefined) await labDown(world, { name: NAME, purge: true })
  await runner?.[Symbol.asyncDispose]()
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
})

/** A command of ours in the router's container. */
async function inRouter(...args: string[]): Promise<string> {
  return (await run('docker', ['exec', `${NAME}-router`, 'routewitness', ...args])).stdout
}

const trace = (): string => join(directory, NAME, 'router', 'trace-20260102-000000')

async function routes(): Promise<string[]> {
  const rows = JSON.parse(await inRouter('get', 'routes', '-o', 'json')) as Record<
    'node' | 'prefix' | 'nextHop',
    string
  >[]
  return rows.map(({ node, prefix, nextHop }) => `${node} ${prefix} via ${nextHop}`).sort()
}

const expected = SITE.nodes
  .flatMap(({ name, addresses, podCidrs }) =>
    [0, 1].map((at) => `${name} ${podCidrs[at]} via ${addresses[at]}`),
  )
  .sort()

test('up makes network and router, and check has nothing to find', async () => {
  expect(await labUp(world, FLAGS), told.join('\n')).toBe(0)
  expect(await routes()).toEqual(expected)
  const { parts } = await labStatus(world, NAME)
  expect(parts.filter(({ complaint }) => complaint !== undefined)).toEqual([])
})

test('up again changes nothing: the container is the same', async () => {
  const id = async () => (await run('docker', ['inspect', '--format', '{{.Id}}', `${NAME}-router`])).stdout
  const before = await id()
  expect(await labUp(world, FLAGS)).toBe(0)
  expect(await id()).toBe(before)
})

test('the control socket works from this side of the container too', async () => {
  const socket = join(directory, NAME, 'router', 'routewitness.sock')
  const { stdout } = await run('npx', [
    ...['--no', '--', 'tsx', 'src/cli/main.ts', 'wait', 'sessions', '4'],
    ...['--socket', socket],
  ])
  expect(stdout).toContain('4 sessions')
})

test('a node that announces what is not its own is found out, with exit code 1', async () => {
  await inRouter('mark', 'wrong')
  await runner.announce(FIRST, ['10.244.0.0/24', 'fd00:10:5::100/120'])
  await inRouter('wait', 'quiet', '2s', '--since', 'wrong')
  const error = (await inRouter('check', '-o', 'json').then(
    () => undefined,
    (caught: unknown) => caught,
  )) as { code: number; stdout: string } | undefined
  expect(error?.code).toBe(1)
  const { findings } = JSON.parse(error!.stdout) as {
    findings: Record<'code' | 'node' | 'prefix', string>[]
  }
  expect(findings.map(({ code, node, prefix }) => `${code} ${node} ${prefix}`).sort()).toEqual([
    `extra ${FIRST} 10.244.0.0/24`,
    `missing ${FIRST} 10.5.1.0/24`,
  ])
  await inRouter('mark', 'right')
  await runner.announce(FIRST, SITE.nodes[0]!.podCidrs)
  await inRouter('wait', 'converged', '--since', 'right')
  await inRouter('check')
})

test('a router that is restarted goes on with its record', async () => {
  await inRouter('mark', 'before-restart')
  await run('docker', ['restart', `${NAME}-router`])
  await inRouter('wait', 'converged', '--timeout', '60s')
  expect(await routes()).toEqual(expected)
  expect(readFileSync(join(trace(), 'trace.json'), 'utf8')).toContain('64512')
  const { rows } = await traceRows(trace(), 'events', { since: 'before-restart' })
  expect(rows.length).toBeGreaterThan(8)
})

test('a cable that is cut: the hold timer expires, and only that node is missed', async () => {
  await inRouter('mark', 'cut')
  await runner.cut(SECOND)
  await inRouter('wait', 'sessions', FIRST)
  const events = async () =>
    (await traceRows(trace(), 'events', { since: 'cut' })).rows.map((row) => JSON.stringify(row))
  await expect
    .poll(events, { timeout: 30_000, interval: 500 })
    .toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`hold.*${SECOND}|${SECOND}.*hold`, 'i'))]),
    )
})

test('down removes container, cluster and network; the record stays and is whole', async () => {
  await labDown(world, { name: NAME })
  for (const args of [
    ['inspect', `${NAME}-router`],
    ['network', 'inspect', NAME],
  ])
    await expect(run('docker', args)).rejects.toThrow(/no such|not found/i)
  expect(existsSync(join(directory, NAME, 'lab.json'))).toBe(false)
  const { rows } = await traceRows(trace(), 'events', {})
  expect(JSON.stringify(rows.at(-1))).toMatch(/stop/)
})
