// Builds what the lab runs from the Go module proxy alone, once for each key (targets.ts).
import { copyFile, cp, mkdir, readFile, rename, rm, statfs, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UserError } from '../../core/errors/user-error.ts'
import { findGo, go, type Go } from './go.ts'
import { agentGoMod, kubeGoMod, parseFallbacks, requires } from './gomod.ts'
import { withLock } from './lock.ts'
import { SOURCES } from './paths.ts'
import type { Progress } from './progress.ts'
import { readSources, targetKey, type Target } from './targets.ts'

const GIGABYTE = 1e9
/** Free space that a build needs: modules and Go's build cache are empty, or hold most of it already. */
const COLD_SPACE = 8 * GIGABYTE
const WARM_SPACE = 1 * GIGABYTE

export interface Build {
  /** Folder with the binaries. */
  directory: string
  /** Modules that were not to be had as pinned, with what was used: "a/b v1.2 → a/b@v1.3". */
  substitutes: string[]
}

interface Workshop {
  tool: Go
  target: Target
  /** A Go module of its own. */
  work: string
  out: string
  progress: Progress
}

/** The kept build of the target, if there is one. */
export async function findBuild(cache: string, target: Target): Promise<Build | undefined> {
  const directory = await buildDirectory(cache, target)
  const text = await readFile(join(directory, 'build.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : { directory, substitutes: (JSON.parse(text) as Build).substitutes }
}

/** Builds the target unless that was done before; two callers at once build once. */
export async function ensureBuild(cache: string, target: Target, progress: Progress): Promise<Build> {
  const kept = await findBuild(cache, target)
  if (kept !== undefined) return kept
  await mkdir(cache, { recursive: true })
  return withLock(
    join(cache, `${target.name}.lock`),
    progress,
    `another build of ${target.name}`,
    async () => {
      return (await findBuild(cache, target)) ?? build(cache, target, progress)
    },
  )
}

const buildDirectory = async (cache: string, target: Target): Promise<string> =>
  join(cache, 'bin', `${target.name}-${targetKey(target, await readSources(target, SOURCES))}`)

async function build(cache: string, target: Target, progress: Progress): Promise<Build> {
  const tool = await findGo(cache, progress)
  await demandSpace(tool, cache)
  const directory = await buildDirectory(cache, target)
  const out = `${directory}.partial`
  const work = join(cache, 'work', target.name)
  for (const folder of [out, work]) {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
  }
  progress(`building ${target.name} with Go ${tool.version} (minutes when Go's caches are empty)`)
  const substitutes = await BUILDERS[target.kind]({ tool, target, work, out, progress })
  const built = { directory, substitutes }
  await writeFile(join(out, 'build.json'), `${JSON.stringify({ ...built, go: tool.version }, null, 2)}\n`)
  await rm(directory, { recursive: true, force: true })
  await rename(out, directory)
  await rm(work, { recursive: true, force: true })
  progress(`built ${target.name}`)
  return built
}

const BUILDERS: Record<Target['kind'], (shop: Workshop) => Promise<string[]>> = {
  async kube(shop) {
    const upstream = await download(shop, `k8s.io/kubernetes@v${shop.target.version}`)
    await writeFile(
      join(shop.work, 'go.mod'),
      kubeGoMod(await readFile(upstream.GoMod, 'utf8'), shop.target.version),
    )
    await copyFile(join(SOURCES, 'kube/main.go'), join(shop.work, 'main.go'))
    await compile(shop, 'kube', '.')
    for (const name of ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'])
      await symlink('kube', join(shop.out, name))
    return []
  },

  async cilium(shop) {
    const upstream = await download(shop, `github.com/cilium/cilium@v${shop.target.version}`)
    const goMod = await readFile(join(upstream.Dir, 'go.mod'), 'utf8')
    await writeFile(join(shop.work, 'go.mod'), agentGoMod(goMod, shop.target.version))
    // Cilium's forks are unknown to some checksum databases: its own go.sum vouches for them.
    await writeFile(join(shop.work, 'go.sum'), await readFile(join(upstream.Dir, 'go.sum')))
    for (const source of shop.target.sources.filter((name) => name.endsWith('.go'))) {
      await copyFile(join(SOURCES, source), join(shop.work, source.replace(/.*\//, '')))
    }
    const substitutes = await substitute(shop, goMod)
    await compile(shop, 'cilium-bgp-agent', '.')
    await compile(shop, 'cilium-operator-generic', 'github.com/cilium/cilium/operator', [
      '-tags',
      'ipam_provider_operator',
    ])
    return substitutes
  },

  async speaker(shop) {
    await cp(join(SOURCES, shop.target.sources[0] ?? ''), shop.work, { recursive: true })
    await compile(shop, 'speaker', '.')
    return []
  },
}

/** Replaces pinned modules that the proxy does not serve, and says so. */
async function substitute(shop: Workshop, goMod: string): Promise<string[]> {
  const used: string[] = []
  const options = { cwd: shop.work }
  await cp(join(SOURCES, 'fallback'), shop.work, { recursive: true })
  for (const { module, substitute } of parseFallbacks(
    await readFile(join(SOURCES, 'fallback/versions'), 'utf8'),
  )) {
    if (!requires(goMod, module)) continue
    const served = await go(shop.tool, ['mod', 'download', module], options).then(
      () => true,
      () => false,
    )
    if (served) continue
    shop.progress(
      `the module proxy lacks ${module} as pinned by Cilium ${shop.target.version}: using ${substitute}`,
    )
    await go(shop.tool, ['mod', 'edit', '-replace', `${module}=${substitute}`], options)
    used.push(`${module} → ${substitute}`)
  }
  return used
}

async function compile(
  shop: Workshop,
  binary: string,
  main: string,
  flags: readonly string[] = [],
): Promise<void> {
  shop.progress(`compiling ${binary}`)
  let downloads = 0
  await go(shop.tool, ['build', ...shop.target.flags, ...flags, '-o', join(shop.out, binary), main], {
    cwd: shop.work,
    nice: true,
    onLine: (line) => {
      if (line.startsWith('go: downloading') && ++downloads % 50 === 0)
        shop.progress(`${downloads} modules downloaded`)
    },
  })
}

interface Module {
  Dir: string
  GoMod: string
}

async function download(shop: Workshop, module: string): Promise<Module> {
  shop.progress(`fetching ${module}`)
  // Outside any module: only the proxy decides.
  return JSON.parse(await go(shop.tool, ['mod', 'download', '-json', module], { cwd: '/' })) as Module
}

/** Why the disk is too small for a build with the caches as they are; undefined if it is not. */
export async function spaceComplaint(tool: Go, cache: string): Promise<string | undefined> {
  const [goCache = '', modules = ''] = (await go(tool, ['env', 'GOCACHE', 'GOMODCACHE'], { cwd: '/' }))
    .trim()
    .split('\n')
  const warm = await statfs(join(modules, 'k8s.io')).then(
    () => true,
    () => false,
  )
  const needed = warm ? WARM_SPACE : COLD_SPACE
  for (const folder of [goCache, modules, cache]) {
    const free = await freeSpace(folder)
    if (free >= needed) continue
    return `${folder} has ${(free / GIGABYTE).toFixed(1)} GB free, a build needs ${needed / GIGABYTE} GB`
  }
  return undefined
}

async function demandSpace(tool: Go, cache: string): Promise<void> {
  const complaint = await spaceComplaint(tool, cache)
  if (complaint === undefined) return
  throw new UserError('RW_LAB', complaint, {
    remedy: 'Free space, or move the caches: GOCACHE, GOMODCACHE, ROUTEWITNESS_LAB_CACHE.',
  })
}

/** Bytes free where the folder is or would be. */
async function freeSpace(folder: string): Promise<number> {
  const found = await statfs(folder).catch(() => undefined)
  if (found !== undefined) return found.bavail * found.bsize
  const parent = dirname(folder)
  return parent === folder ? 0 : freeSpace(parent)
}
