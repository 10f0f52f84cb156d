// A Go that is new enough: the one on PATH, the usual place, or a toolchain from the module proxy.
import { chmod, cp, mkdir, rename, rm, stat } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../core/errors/user-error.ts'
import { run, runOk, type RunOptions } from './exec.ts'
import type { Progress } from './progress.ts'
import { compareVersions } from '../../drill/versions.ts'
import { GO_MINIMUM, GO_TOOLCHAIN, parseGoVersion } from './versions.ts'

export interface Go {
  command: string
  version: string
}

/** Nothing of the caller's workspace or flags may change what is built; its proxy and caches stay as they are. */
function goEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, GOWORK: 'off', GOFLAGS: '' }
  delete environment['GOROOT'] // another Go than the caller's may be the one that runs
  return environment
}

/** Runs `go` with arguments; its stdout. */
export const go = (tool: Go, args: readonly string[], options: RunOptions = {}): Promise<string> =>
  runOk(tool.command, args, { env: goEnvironment(), ...options })

/** Every Go at hand, newest first. */
async function installed(cache: string): Promise<Go[]> {
  const commands = [
    'go',
    '/usr/local/go/bin/go',
    '/usr/lib/go/bin/go',
    join(toolchainDirectory(cache), 'bin', 'go'),
  ]
  const found = await Promise.all(
    commands.map(async (command) => {
      // In a neutral directory: a go.mod of the caller's could ask for another toolchain.
      const result = await run(command, ['version'], { cwd: '/', env: goEnvironment() }).catch(
        () => undefined,
      )
      const version = result?.code === 0 ? parseGoVersion(result.stdout) : undefined
      return version === undefined ? [] : [{ command, version }]
    }),
  )
  return found.flat().sort((a, b) => compareVersions(b.version, a.version))
}

/** A Go of at least GO_MINIMUM; an older one at hand fetches such a toolchain from the module proxy. */
export async function findGo(cache: string, progress: Progress): Promise<Go> {
  const newest = await newestGo(cache)
  if (newest === undefined) throw noGo('there is no Go here')
  if (compareVersions(newest.version, GO_MINIMUM) >= 0) return newest
  progress(
    `Go ${newest.version} is too old (${GO_MINIMUM} is needed): fetching Go ${GO_TOOLCHAIN} from the module proxy`,
  )
  try {
    return await fetchToolchain(newest, cache)
  } catch (cause) {
    throw noGo(`Go here is ${newest.version}, and Go ${GO_TOOLCHAIN} could not be fetched`, cause)
  }
}

/** The newest Go at hand, new enough or not. */
export const newestGo = async (cache: string): Promise<Go | undefined> => (await installed(cache))[0]

/** Why no Go for the lab can be had; nothing is fetched except the toolchain's few lines of metadata. */
export async function goComplaint(cache: string): Promise<string | undefined> {
  const newest = await newestGo(cache)
  if (newest === undefined) return `no Go: install Go ${GO_MINIMUM} or newer (https://go.dev/dl)`
  if (compareVersions(newest.version, GO_MINIMUM) >= 0) return undefined
  const known = await run(newest.command, ['list', '-m', toolchainModule()], {
    cwd: '/',
    env: goEnvironment(),
  })
  if (known.code === 0) return undefined
  return `Go is ${newest.version} and the module proxy gives no newer toolchain: install Go ${GO_MINIMUM} or newer (https://go.dev/dl)`
}

const noGo = (what: string, cause?: unknown): UserError =>
  new UserError('RW_LAB', what, {
    remedy: `Install Go ${GO_MINIMUM} or newer from https://go.dev/dl (Debian 12 has 1.19) and put it on PATH.`,
    cause,
  })

const architecture = (): string => ({ x64: 'amd64', arm64: 'arm64' })[arch() as 'x64' | 'arm64'] ?? arch()
const toolchainModule = (): string =>
  `golang.org/toolchain@v0.0.1-go${GO_TOOLCHAIN}.${platform()}-${architecture()}`
const toolchainDirectory = (cache: string): string => join(cache, `go${GO_TOOLCHAIN}`)

/** Go publishes its toolchains as modules; unpacked as one they lack the execute bits. */
async function fetchToolchain(older: Go, cache: string): Promise<Go> {
  const target = toolchainDirectory(cache)
  const { Dir } = JSON.parse(
    await go(older, ['mod', 'download', '-json', toolchainModule()], { cwd: '/' }),
  ) as { Dir: string }
  const partial = `${target}.${process.pid}`
  await mkdir(cache, { recursive: true })
  await cp(Dir, partial, { recursive: true })
  await runOk('chmod', ['-R', 'u+w', partial])
  for (const folder of ['bin', join('pkg', 'tool')]) await makeExecutable(join(partial, folder))
  await rename(partial, target).catch(async () => {
    await stat(target) // somebody else was faster
    await rm(partial, { recursive: true, force: true })
  })
  return { command: join(target, 'bin', 'go'), version: GO_TOOLCHAIN }
}

async function makeExecutable(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  await runOk('chmod', ['-R', 'u+x', folder])
}
