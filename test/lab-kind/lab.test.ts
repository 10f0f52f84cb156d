// The kind lab on a machine of straw: every step's failure, every Ctrl-C, and what goes on afterwards.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isUserError } from '../../src/core/errors/user-error.ts'
import { labDown, labPreload, labStatus, labUp, labUpgrade, type LabWorld } from '../../src/lab/kind/lab.ts'
import type { LabFlags } from '../../src/lab/kind/site.ts'
import { PlanInterrupted, StepError } from '../../src/lab/kind/step.ts'
import { FakeHost, type Mishap } from '../support/fake-host.ts'

let directory: string
let host: FakeHost
let told: string[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'routewitness-kind-'))
  host = new FakeHost()
  told = []
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function world(more: Partial<LabWorld> = {}): LabWorld {
  return {
    runner: host,
    cleaner: host.cleaner(),
    progress: { tell: (line) => told.push(line) },
    directory,
    now: () => new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
    source: '/package',
    ...more,
  }
}

const up = (flags: LabFlags = {}): Promise<number> => labUp(world(), flags)

/** What a promise was rejected with. */
async function failure(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(() => undefined).catch((caught: unknown) => caught)
  if (error instanceof Error) return error
  throw new Error('it went well')
}

/** How many commands an undisturbed `work` gives. */
async function countActs(work: () => Promise<unknown>): Promise<number> {
  const before = host.acts.length
  await work()
  return host.acts.length - before
}

test('a lab comes up, and a second up changes nothing', async () => {
  expect(await up()).toBe(0)
  const acts = [...host.acts]
  const outcome = host.outcome()
  expect(acts.map((line) => line.split(' ').slice(0, 3).join(' '))).toContain('docker network create')
  expect(told.some((line) => line.startsWith('0 findings'))).toBe(true)

  expect(await up()).toBe(0)
  expect(host.acts).toEqual(acts)
  expect(host.outcome()).toEqual(outcome)
  const status = await labStatus(world())
  expect(status.parts.filter(({ complaint }) => complaint !== undefined)).toEqual([])
})

test('up ends with what check ends with', async () => {
  host.checkCode = 1
  expect(await up()).toBe(1)
})

describe.each<Mishap>(['fails', 'is stopped before', 'is stopped half-way'])('a command %s', (mishap) => {
  test('up says at which step, and the next up ends where an undisturbed one does', async () => {
    const count = await countActs(() => up())
    const outcome = host.outcome()
    expect(count).toBeGreaterThan(12)
    for (let at = 0; at < count; at++) {
      rmSync(directory, { recursive: true, force: true })
      host = new FakeHost()
      host.failAt(at, mishap)
      const error = await failure(up())
      const line = host.acts[at]!
      if (mishap === 'fails') {
        expect(error, line).toBeInstanceOf(StepError)
        expect(isUserError(error) && error.remedy, line).toContain('routewitness lab up --name routewitness')
      } else {
        expect(error, line).toBeInstanceOf(PlanInterrupted)
        expect(error.message, line).toMatch(
          /interrupted at ".+"\. (It goes on from there|What it had begun was taken back)\./,
        )
        expect(error.message, line).toContain('\nGo on with: routewitness lab up --name routewitness\n')
        expect(error.message, line).toContain('\nEnd it with: routewitness lab down --name routewitness')
      }
      // A cluster that was not finished does not stay.
      expect(host.clusters.get('routewitness'), line).not.toBe('half')
      host.recover()
      expect(await up(), line).toBe(0)
      expect(host.outcome(), line).toEqual(outcome)
    }
  })

  test('down after it leaves nothing but the record, wherever up was', async () => {
    const count = await countActs(() => up())
    for (let at = 0; at < count; at++) {
      rmSync(directory, { recursive: true, force: true })
      host = new FakeHost()
      host.failAt(at, mishap)
      const line = await failure(up()).then(() => host.acts[at]!)
      host.recover()
      await labDown(world(), {})
      expect(host.outcome(), line).toMatchObject({ networks: [], clusters: [], containers: [] })
      await labDown(world(), { purge: true })
      expect(await failure(labStatus(world())), line).toMatchObject({ code: 'RW_LAB' })
    }
  })

  test('down and upgrade go on too', async () => {
    for (const work of [
      () => labUpgrade(world(), { cilium: '1.20' }),
      () => labDown(world(), { purge: true }),
    ]) {
      const fresh = async () => {
        rmSync(directory, { recursive: true, force: true })
        host = new FakeHost()
        await up({ cilium: '1.19' })
      }
      await fresh()
      const count = await countActs(work)
      const outcome = host.outcome()
      expect(count).toBeGreaterThan(2)
      for (let at = 0; at < count; at++) {
        await fresh()
        const begun = host.acts.length
        host.failAt(at, mishap)
        expect(await failure(work())).toBeInstanceOf(mishap === 'fails' ? StepError : PlanInterrupted)
        const line = host.acts[begun + at]!
        host.recover()
        await work()
        expect(host.outcome(), line).toEqual(outcome)
      }
    }
  })
})

describe('what is not ours', () => {
  test('a network that somebody else made is neither used nor removed', async () => {
    host.networks.set('kind', { label: undefined, subnets: ['172.18.0.0/16'] })
    const error = await failure(up())
    expect(error.message).toContain('there is a network kind which this lab did not make')
    expect(isUserError(error) && error.remedy).toContain('--network NAME')
    expect(host.acts).toEqual([])
    await labDown(world(), {})
    expect(host.networks.has('kind')).toBe(true)
    expect(await up({ network: 'routewitness' })).toBe(0)
  })

  test('the network of another lab is refused by its name', async () => {
    host.networks.set('kind', { label: 'other', subnets: ['198.18.64.0/20'] })
    expect((await failure(up())).message).toContain('network kind belongs to lab other')
  })

  test('a kind cluster of that name is neither used nor deleted', async () => {
    host.clusters.set('routewitness', 'whole')
    expect((await failure(up())).message).toContain(
      'there is a kind cluster routewitness which this lab did not make',
    )
    await labDown(world(), {})
    expect(host.clusters.has('routewitness')).toBe(true)
  })

  test('nor is a container', async () => {
    host.containers.set('routewitness-router', '<no value>')
    expect((await failure(up())).message).toContain(
      'there is a container routewitness-router which this lab did not make',
    )
    await labDown(world(), {})
    expect(host.containers.has('routewitness-router')).toBe(true)
  })
})

describe('a lab that is there', () => {
  test('is not changed by other options, and the way to another release is named', async () => {
    await up({ workers: 1, cilium: '1.19' })
    const acts = host.acts.length
    expect((await failure(up({ workers: 3 }))).message).toContain('workers is 1, not 3')
    const error = await failure(up({ cilium: '1.20' }))
    expect(isUserError(error) && error.remedy).toContain('lab upgrade --name routewitness --cilium 1.20.2')
    expect(host.acts).toHaveLength(acts)
    expect(await up()).toBe(0)
  })

  test('is upgraded with a mark before it, and knows its release afterwards', async () => {
    await up({ cilium: '1.19' })
    expect(await labUpgrade(world(), { cilium: '1.20' })).toBe(0)
    expect([...host.marks]).toEqual(['before-1.20.2-20260102-030405'])
    expect(host.releases.get('cilium')).toEqual({ status: 'deployed', chart: 'cilium-1.20.2' })
    expect((await labStatus(world())).plan.cilium).toBe('1.20.2')
    expect(await labUpgrade(world(), { cilium: '1.20.2' })).toBe(0)
    expect(told).toContain('lab routewitness runs Cilium 1.20.2 already')
  })

  test('whose upgrade was stopped is finished before anything else', async () => {
    await up({ cilium: '1.19' })
    const count = await countActs(() => labUpgrade(world(), { cilium: '1.18' }))
    host.failAt(count - 2, 'fails')
    await failure(labUpgrade(world(), { cilium: '1.20' }))
    host.recover()
    expect((await failure(up())).message).toContain('is being upgraded to Cilium 1.20.2')
    expect((await failure(labUpgrade(world(), { cilium: '1.19' }))).message).toContain('is under way')
    expect(await labUpgrade(world(), { cilium: '1.20' })).toBe(0)
  })

  test('that lost a part says which', async () => {
    await up()
    host.containers.clear()
    const { parts } = await labStatus(world())
    expect(parts.filter(({ complaint }) => complaint !== undefined)).toEqual([
      { part: 'router at 198.18.79.254, AS 64512', complaint: 'missing' },
    ])
  })

  test('keeps its record over down, and a lab made anew gets a new one', async () => {
    await up()
    const compose = join(directory, 'routewitness', 'compose.yaml')
    expect(readFileSync(compose, 'utf8')).toContain('trace-20260102-030405')
    await labDown(world(), {})
    expect(told.at(-1)).toContain(`the record stays in ${join(directory, 'routewitness', 'router')}`)
    await labUp(world({ now: () => new Date(Date.UTC(2026, 0, 3)) }), {})
    expect(readFileSync(compose, 'utf8')).toContain('trace-20260103-000000')
  })
})

describe('the machine', () => {
  test('a lab that never was is not taken down, and that takes no program', async () => {
    for (const program of ['kind', 'docker']) host.missing.add(program)
    await labDown(world(), {})
    expect(told).toEqual([`there is no lab routewitness in ${directory}: nothing to remove`])
    // Nor one whose up could not begin.
    expect((await failure(up())).message).toContain('kind')
    await labDown(world(), {})
    expect(host.acts).toEqual([])
  })

  test('of missing programs those alone are named that are missing', async () => {
    host.missing.add('kind')
    const { message } = await failure(up())
    expect(message).toContain('not found:\n  kind: ')
    expect(message).not.toMatch(/docker|helm|kubectl/)
  })

  test('every missing program is named at once, with how to get it', async () => {
    for (const program of ['kind', 'helm', 'kubectl', 'docker', 'docker-compose']) host.missing.add(program)
    const { message } = await failure(up())
    for (const part of [
      'docker: https',
      'docker compose: ',
      'kind: go install',
      'helm: go install',
      'kubectl: https',
    ])
      expect(message).toContain(part)
    expect(host.acts).toEqual([])
  })

  test('compose may be a binary of its own', async () => {
    host.composePlugin = false
    expect(await up()).toBe(0)
  })

  test.each([
    ['permission denied while trying to connect to the Docker daemon socket', 'usermod -aG docker'],
    ['Cannot connect to the Docker daemon at unix:///var/run/docker.sock.', 'DOCKER_HOST'],
  ])('Docker that says "%s"', async (said, remedy) => {
    host.dockerSays = { code: 1, stdout: '', stderr: said }
    const error = await failure(up())
    expect(error.message).toContain(said)
    expect(isUserError(error) && error.remedy).toContain(remedy)
  })

  test('without a network, images and chart come from what was preloaded', async () => {
    const offline = { offline: true }
    const error = await failure(labUp(world(offline), {}))
    expect(error.message).toMatch(
      /image routewitness:dev is neither in Docker nor in .*preload\/routewitness_dev\.tar/,
    )
    expect(isUserError(error) && error.remedy).toContain('lab preload')

    const folder = await labPreload(world(), {})
    expect(folder).toBe(join(directory, 'preload'))
    const archives = [...host.files]
    expect(archives.filter((file) => file.endsWith('.tar'))).toHaveLength(4)
    const pulled = host.acts.length
    host.images.clear()
    host.acts.length = 0
    expect(pulled).toBeGreaterThan(0)
    expect(await labUp(world(offline), {})).toBe(0)
    expect(host.acts.filter((line) => /^(docker (pull|build)|helm pull)/.test(line))).toEqual([])
    expect(host.acts.filter((line) => line.startsWith('docker load'))).toHaveLength(4)
  })

  test('two commands on one lab: the second says who has it', async () => {
    let begin = (): void => {}
    let release = (): void => {}
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const held = new Promise<void>((resolve) => (release = resolve))
    const ask = host.ask.bind(host)
    host.ask = async (command) => {
      begin()
      await held
      return ask(command)
    }
    const slow = up()
    await begun
    expect((await failure(up())).message).toContain(`process ${process.pid} works on this lab`)
    release()
    expect(await slow).toBe(0)
  })
})

test.each([
  [{ cilium: '1.15' }, '--cilium: the lab has no values for Cilium 1.15'],
  [{ subnet: '198.18.64.0/28' }, '--subnet: 198.18.64.0/28 is no IPv4 range'],
  [{ subnet: 'fd00::/64' }, '--subnet: fd00::/64 is no IPv4 range'],
  [{ name: 'Lab' }, "--name: 'Lab'"],
])('options %j', async (flags, message) => {
  expect((await failure(up(flags))).message).toContain(message)
})
