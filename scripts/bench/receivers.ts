// The BGP speakers that are measured, each as a process of its own that listens on loopback and exports nothing.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { family, sleep } from './process.ts'

const run = promisify(execFile)
const environment = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/lib/frr` }

export const OUR_ASN = 64512
/** AS of the sender: its peers are external. */
export const THEIR_ASN = 65001

export interface Stall {
  readonly max: number
  readonly p99: number
}

/** A receiver that runs. */
export interface Running {
  readonly port: number
  readonly pids: readonly number[]
  /** Routes that its table holds now. */
  count(): Promise<number>
  /** The longest event-loop stall since `resetStall`; undefined where there is no event loop to ask. */
  stall(): Promise<Stall | undefined>
  resetStall(): void
  /** Octets that it wrote as a record. */
  recorded(): number
  stop(): Promise<void>
}

export interface Need {
  /** Seconds; 0 for none. */
  readonly holdTime: number
  readonly record: boolean
}

export interface Receiver {
  readonly name: string
  /** Undefined when it is not installed. */
  version(): Promise<string | undefined>
  start(need: Need): Promise<Running>
}

interface Setup {
  readonly command: string
  readonly args: readonly string[]
  readonly ipc?: boolean
}

interface Started {
  readonly child: ChildProcess
  readonly directory: string
  readonly port: number
  stop(): Promise<void>
}

async function launch(name: string, setup: (directory: string, port: number) => Setup): Promise<Started> {
  const directory = mkdtempSync(join(tmpdir(), `bench-${name}-`))
  chmodSync(directory, 0o755)
  const port = await freePort()
  const { command, args, ipc } = setup(directory, port)
  const child = spawn(command, [...args], {
    env: environment,
    stdio: ipc === true ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) console.error(`${name} ended with ${code}: ${said}`)
  })
  return {
    child,
    directory,
    port,
    async stop() {
      const pids = child.exitCode === null && child.pid !== undefined ? family(child.pid) : []
      child.kill('SIGTERM')
      const late = setTimeout(() => {
        for (const pid of pids) kill(pid)
      }, 5000)
      await ended
      clearTimeout(late)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** Waits until it answers. */
async function ready<T>(what: string, ask: () => Promise<T>): Promise<T> {
  const end = performance.now() + 20_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > end) throw new Error(`${what} does not answer`, { cause: error })
      await sleep(50)
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })
}

async function output(command: string, ...args: string[]): Promise<string> {
  return (await run(command, args, { env: environment, maxBuffer: 64 << 20 })).stdout
}

async function versionOf(pattern: RegExp, command: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await run(command, args, { env: environment })
    return pattern.exec(stdout + stderr)?.[1]
  } catch {
    return undefined
  }
}

function running(
  { child, port, stop }: Started,
  count: () => Promise<number>,
  more: Partial<Running> = {},
): Running {
  const pid = child.pid!
  return {
    port,
    get pids() {
      return family(pid)
    },
    count,
    stall: () => Promise.resolve(undefined),
    resetStall: () => undefined,
    recorded: () => 0,
    stop,
    ...more,
  }
}

const MAIN = resolve('dist/cli/main.js')
const PROBE = resolve('scripts/bench/probe.mjs')
/** For example BENCH_NODE_FLAGS='--cpu-prof --cpu-prof-dir=/tmp/profiles'. */
const FLAGS = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')

/** Our own, built: `serve` with its record, its API and its control socket, as users run it. */
const routewitness: Receiver = {
  name: 'routewitness',
  version: async () => (existsSync(MAIN) ? (await output('node', MAIN, '--version')).trim() : undefined),
  async start({ holdTime, record }) {
    const http = await freePort()
    const started = await launch('routewitness', (directory, port) => ({
      command: process.execPath,
      args: [
        ...FLAGS,
        ...['--import', PROBE, MAIN, 'serve', '--no-cluster', '--asn', String(OUR_ASN)],
        ...['--identifier', '192.0.2.254', '--listen', `127.0.0.1:${port}`, '--hold', String(holdTime)],
        ...(record ? ['--trace', join(directory, 'trace')] : ['--no-trace']),
        ...['--http', `127.0.0.1:${http}`, '--socket', join(directory, 'control.sock')],
      ],
      ipc: true,
    }))
    const get = (path: string): Promise<unknown> =>
      new Promise((done, fail) => {
        request({ host: '127.0.0.1', port: http, path }, (response) => {
          let text = ''
          response.on('data', (chunk: Buffer) => (text += chunk.toString()))
          response.on('end', () => done(JSON.parse(text)))
        })
          .on('error', fail)
          .end()
      })
    await ready('routewitness', () => get('/v1/state'))
    return running(
      started,
      async () => {
        const { rows } = (await get('/v1/peers')) as { rows: readonly { routes: number }[] }
        return rows.reduce((sum, { routes }) => sum + routes, 0)
      },
      loopProbe(started.child),
    )
  },
}

/** How a Node process that loaded ./probe.mjs is asked for its stalls. */
export function loopProbe(child: ChildProcess): Pick<Running, 'stall' | 'resetStall'> {
  return {
    resetStall: () => void child.send('reset'),
    stall: () =>
      new Promise((done) => {
        child.once('message', (stall: Stall) => done(stall))
        child.send('read')
      }),
  }
}

const bird: Receiver = {
  name: 'bird',
  version: () => versionOf(/version (\S+)/, 'bird', '--version'),
  async start({ holdTime }) {
    const started = await launch('bird', (directory, port) => {
      const file = join(directory, 'bird.conf')
      writeFileSync(
        file,
        `router id 192.0.2.254;
log stderr { fatal, error };
protocol device {}
protocol bgp bench {
  local 127.0.0.1 port ${port} as ${OUR_ASN};
  neighbor range 127.0.0.0/8 as ${THEIR_ASN};
  dynamic name "bench"; dynamic name digits 5;
  passive; multihop; hold time ${holdTime};
  ipv4 { import all; export none; };
  ipv6 { import all; export none; };
}
`,
      )
      return {
        command: 'bird',
        args: ['-f', '-c', file, '-s', join(directory, 'ctl'), '-P', join(directory, 'pid')],
      }
    })
    const ask = (...words: string[]): Promise<string> =>
      output('birdc', '-s', join(started.directory, 'ctl'), ...words)
    await ready('bird', () => ask('show', 'status'))
    return running(started, async () => {
      // `show route count` would walk the table.
      const text = await ask('show', 'protocols', 'all')
      return [...text.matchAll(/Routes: +(\d+) imported/g)].reduce((sum, match) => sum + Number(match[1]), 0)
    })
  },
}

export const RECEIVERS: readonly Receiver[] = [routewitness, bird]
