import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withLock } from '../../src/lab/native/lock.ts'
import { endProcess, isAlive, ourIdentity, signal, startProcess } from '../../src/lab/native/processes.ts'
import { isSame, parseStat, type Identity, type Seen } from '../../src/lab/native/procfs.ts'
import { silent } from '../../src/lab/native/progress.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'routewitness-lab-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

describe('a process', () => {
  const identity: Identity = { pid: 4711, startTime: '100', programs: ['/lab/kube'], bootId: 'boot' }
  const seen: Seen = { startTime: '100', state: 'S', exe: '/lab/kube', bootId: 'boot' }

  test('is the one that was started if program, start time and boot agree', () => {
    expect(isSame(identity, seen)).toBe(true)
    expect(isSame(identity, { ...seen, exe: '/lab/kube (deleted)' })).toBe(true)
  })

  test.each<[string, Seen | undefined]>([
    ['nothing has its pid', undefined],
    ['its pid was given to a later process', { ...seen, startTime: '101' }],
    ['the machine was booted since', { ...seen, bootId: 'other' }],
    ['another program runs under the pid', { ...seen, exe: '/usr/bin/vi' }],
    ['its program may not be read', { ...seen, exe: undefined }],
    ['it is a zombie', { ...seen, state: 'Z' }],
  ])('is not if %s', (_why, now) => {
    expect(isSame(identity, now)).toBe(false)
  })

  test('has its start time in field 22, whatever its name contains', () => {
    const after = Array.from({ length: 50 }, (_empty, at) => String(at + 4))
    expect(parseStat(`12 (a) S (b) R ${after.join(' ')}`)).toEqual({ state: 'R', startTime: '22' })
    expect(parseStat('')).toBeUndefined()
  })
})

describe('a started process', () => {
  const sleeper = {
    name: 'sleeper',
    command: '/bin/sh',
    args: ['-c', 'echo ready; exec sleep 600'],
    programs: ['/bin/sh', '/bin/sleep'],
  }

  test('lives until it is ended, and is gone when that resolves', async () => {
    const identity = await startProcess(sleeper, join(directory, 'sleeper.log'))
    expect(await isAlive(identity)).toBe(true)
    await endProcess(identity, 'SIGTERM', 10)
    expect(await isAlive(identity)).toBe(false)
  })

  test('hears SIGTERM even when it was stopped', async () => {
    const identity = await startProcess(sleeper, join(directory, 'stopped.log'))
    await signal(identity, 'SIGSTOP')
    await endProcess(identity, 'SIGTERM', 10)
    expect(await isAlive(identity)).toBe(false)
  })

  test('is not signalled when what was written down is another process', async () => {
    const identity = await startProcess(sleeper, join(directory, 'other.log'))
    await endProcess({ ...identity, startTime: '1' }, 'SIGKILL', 10)
    expect(await isAlive(identity)).toBe(true)
    await endProcess(identity, 'SIGKILL', 10)
  })

  test('that cannot be started is an error', async () => {
    await expect(
      startProcess({ ...sleeper, command: '/nowhere/at-all' }, join(directory, 'no.log')),
    ).rejects.toThrow('ENOENT')
  })
})

describe('a lock', () => {
  test('lets one in after the other', async () => {
    const path = join(directory, 'one.lock')
    const trace = join(directory, 'trace')
    const work = (name: string) => async (): Promise<void> => {
      await appendFile(trace, `${name}(`)
      await appendFile(trace, `)${name}`)
    }
    await Promise.all(['a', 'b'].map((name) => withLock(path, silent, 'another test', work(name))))
    expect(['a()ab()b', 'b()ba()a']).toContain(await readFile(trace, 'utf8'))
  })

  test('of a process that is gone holds nobody', async () => {
    const path = join(directory, 'dead.lock')
    await appendFile(path, JSON.stringify({ ...(await ourIdentity()), startTime: '1' }))
    expect(await withLock(path, silent, 'a dead process', () => Promise.resolve('in'))).toBe('in')
  })

  test('is given back when the work fails', async () => {
    const path = join(directory, 'fails.lock')
    await expect(withLock(path, silent, 'a test', () => Promise.reject(new Error('no')))).rejects.toThrow(
      'no',
    )
    expect(await withLock(path, silent, 'a test', () => Promise.resolve(1))).toBe(1)
  })
})
