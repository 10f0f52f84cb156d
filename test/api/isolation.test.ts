import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { attachRouter } from '../../src/api/attach.ts'
import { serveRouter } from '../../src/api/serve-router.ts'
import { startRouter } from '../../src/harness/start.ts'
import { until } from '../../src/harness/until.ts'
import { fromStatic } from '../../src/kube/static-source.ts'
import { ScriptedPeer } from '../support/scripted-peer.ts'

const PREFIX = '10.5.112.0/24'
const PROGRAM = fileURLToPath(new URL('../support/router-process.ts', import.meta.url))

test('several routers live in one process, each on a free port, with sessions, routes and marks of its own', async () => {
  const routers = await Promise.all(
    [1, 2, 3].map((n) =>
      startRouter({
        asn: 65000 + n,
        label: `tor${n}`,
        listen: ['127.0.0.1:0', '[::1]:0'],
        expected: fromStatic([{ node: `node0${n}`, prefixes: [PREFIX], asn: 64512 }]),
      }),
    ),
  )
  onTestFinished(async () => {
    for (const router of routers) await router.stop()
  })
  expect(new Set(routers.flatMap(({ listeners }) => listeners)).size).toBe(6)
  const [first, second, third] = routers
  const peer = await ScriptedPeer.establish(first!.listeners[0]!)
  await peer.announces(PREFIX)
  await ScriptedPeer.establish(second!.listeners[1]!)
  await first!.wait(until.converged())
  first!.mark('here')
  expect(await second!.wait(until.sessions(1))).toBe('1 sessions Established')
  expect(routers.map((router) => router.routes().map(({ node, prefix }) => `${node} ${prefix}`))).toEqual([
    [`node01 ${PREFIX}`],
    [],
    [],
  ])
  expect(second!.marks.get('here')).toBeUndefined()
  await expect(third!.wait(until.sessions(1), { timeout: 20 })).rejects.toThrow('0 of 1 sessions')
  await first!.stop()
  expect(second!.peers()).toMatchObject([{ state: 'established' }])
})

describe('after a SIGKILL of the process', () => {
  interface Running {
    readonly child: ChildProcess
    readonly listener: string
    readonly url: string
  }

  async function running(listen: string, socket?: string): Promise<Running> {
    const args = ['--import', 'tsx', PROGRAM, listen, ...(socket === undefined ? [] : [socket])]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    for await (const line of createInterface({ input: child.stdout })) {
      const { listeners, url } = JSON.parse(line) as { listeners: string[]; url: string }
      return { child, listener: listeners[0]!, url }
    }
    throw new Error('the process ended before it listened')
  }

  async function kill({ child }: Running): Promise<void> {
    const closed = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await closed
  }

  /** Processes whose parent is `pid`, without the one that reads TypeScript for it. */
  const childrenOf = (pid: number): number[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => {
        try {
          const parent = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]
          return parent === String(pid) && !readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('esbuild')
        } catch {
          return false
        }
      })
      .map(Number)

  const refuses = (address: string): Promise<boolean> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(`tcp://${address}`)
      const socket = createConnection({ host: hostname, port: Number(port) })
      socket.once('error', () => resolve(true)).once('connect', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })

  test('its ports are free, the socket that it left is taken over, and it left no process', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'routewitness-killed-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const socket = join(directory, 'control.sock')
    const killed = await running('127.0.0.1:0', socket)
    const peer = await ScriptedPeer.establish(killed.listener)
    await using watcher = await attachRouter(killed.url)
    const waited = expect(watcher.wait(until.routes())).rejects.toMatchObject({ code: 'RW_NO_SERVER' })
    const children = process.platform === 'linux' ? childrenOf(killed.child.pid!) : []
    await kill(killed)
    await waited
    await peer.raw.end()
    expect(children).toEqual([])
    expect(existsSync(socket)).toBe(true)
    await expect(attachRouter(`unix:${socket}`)).rejects.toMatchObject({
      code: 'RW_NO_SERVER',
      what: `cannot ask ${socket}: nobody serves there`,
    })
    expect(await refuses(killed.listener)).toBe(true)
    await using next = await serveRouter({ asn: 65000, listen: killed.listener, socket })
    expect(next.handle.listeners).toEqual([killed.listener])
    await using router = await attachRouter(`unix:${socket}`)
    expect((await router.state()).label).toBe('router')
  })
})
