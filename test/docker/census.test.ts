// The sysctl census by `docker exec`, in a real container with a device of Cilium's name: what nodes of kind are to it.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SysctlCensus } from '../../src/core/stream/probe-events.ts'
import { realClock } from '../../src/net/clock.ts'
import { parseAccess } from '../../src/probe/access.ts'
import { Census, openShell } from '../../src/probe/census.ts'
import { judgeCensuses, takeCensus } from '../../src/probe/rows.ts'

const run = promisify(execFile)
const docker = async (...args: string[]): Promise<string> => (await run('docker', args)).stdout
/** What lab/Dockerfile begins with: Debian's shell and grep. */
const IMAGE = 'node:22-bookworm-slim'
const NAME = 'routewitness-census'
const LXC = 'net.ipv4.conf.lxc1.rp_filter'
const ALL = 'net.ipv4.conf.all.rp_filter'

let pid: string
const clock = realClock()
const access = parseAccess(`worker=docker:${NAME}`)

/** In the container's network namespace, with the rights of this machine: it has none to write sysctls. */
const inNetwork = (...command: string[]): Promise<unknown> => run('nsenter', ['-t', pid, '-n', ...command])
const set = (key: string, value: string): Promise<unknown> =>
  inNetwork('sh', '-c', `echo ${value} > /proc/sys/${key.replaceAll('.', '/')}`)
const processes = async (): Promise<string[]> =>
  (await docker('top', NAME, '-o', 'pid,args')).trim().split('\n').slice(1)

beforeAll(async () => {
  await run('docker', ['rm', '--force', NAME]).catch(() => undefined)
  await docker(
    'run',
    '--detach',
    '--network',
    'none',
    '--name',
    NAME,
    '--entrypoint',
    'sleep',
    IMAGE,
    'infinity',
  )
  pid = (await docker('inspect', '--format', '{{.State.Pid}}', NAME)).trim()
  await inNetwork('ip', 'link', 'add', 'lxc1', 'type', 'veth', 'peer', 'name', 'lxc1p')
  await set(ALL, '0')
  await set(LXC, '0')
  const override = 'net.ipv4.conf.lxc*.rp_filter = 0'
  await docker(
    'exec',
    NAME,
    'sh',
    '-c',
    `mkdir -p /etc/sysctl.d && echo '${override}' > /etc/sysctl.d/99-zzz-override_cilium.conf`,
  )
})

afterAll(async () => {
  await run('docker', ['rm', '--force', NAME]).catch(() => undefined)
})

test('has the values and files of the container, not those of this machine', async () => {
  const census = await takeCensus(access, () => clock.now())
  expect(census.node).toBe('worker')
  expect([census.values[ALL], census.values[LXC]]).toEqual(['0', '0'])
  expect(census.settings).toContainEqual({
    file: '/etc/sysctl.d/99-zzz-override_cilium.conf',
    key: 'net.ipv4.conf.lxc*.rp_filter',
    value: '0',
  })
  expect(judgeCensuses([census])).toEqual([])
})

test('probe census ends with 1 when a node drops replies of pods, and says by which sysctl', async () => {
  await set(ALL, '1')
  const command = ['--no', '--', 'tsx', 'src/cli/main.ts', 'probe', 'census', '--census', `docker:${NAME}`]
  const error = (await run('npx', command).then(
    () => undefined,
    (caught: unknown) => caught,
  )) as { code: number; stdout: string } | undefined
  await set(ALL, '0')
  expect(error?.code).toBe(1)
  expect(error?.stdout).toContain(`${NAME}  ${ALL}`)
  expect(error?.stdout).toMatch(/sysctl .*rp_filter/)
})

test('a change is told with the readings before and after it, and the end of the container as a problem', async () => {
  const told: SysctlCensus[] = []
  let wake = (): void => undefined
  const next = async (holds: (census: SysctlCensus) => boolean): Promise<SysctlCensus> => {
    for (;;) {
      const found = told.find(holds)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  const census = new Census([access], {
    interval: 100,
    now: () => clock.now(),
    record: (event) => {
      told.push(event)
      wake()
    },
  })
  try {
    const first = await next(({ before }) => before === undefined)
    expect(first.values[LXC]).toBe('0')
    const at = clock.now()
    await set(LXC, '1')
    const changed = await next(({ values }) => values[LXC] === '1')
    expect(Object.keys(changed.values)).toEqual([LXC])
    expect(changed.read).toBeGreaterThan(at)
    expect(changed.read - at).toBeLessThan(2e6)
    await docker('kill', NAME)
    const { problem } = await next((event) => event.problem !== undefined)
    expect(problem).toContain(`docker exec ${NAME}: `)
  } finally {
    census.stop()
    await docker('start', NAME)
  }
})

test('the shell ends when nobody asks any more, even when the prober is killed', async () => {
  const before = await processes()
  const shell = openShell(access)
  shell.stdin.write('values\n')
  await once(shell.stdout, 'data')
  expect((await processes()).length).toBe(before.length + 1)
  shell.kill('SIGKILL')
  await once(shell, 'close')
  await expect.poll(processes, { timeout: 10_000 }).toEqual(before)
})

test('a container that there is not is told in the words of docker', async () => {
  const gone = parseAccess('docker:routewitness-no-such')
  await expect(takeCensus(gone, () => clock.now())).rejects.toMatchObject({
    code: 'RW_PROBE',
    message: expect.stringMatching(
      /sysctls of routewitness-no-such cannot be read .*[Nn]o such container/,
    ) as string,
  })
})
