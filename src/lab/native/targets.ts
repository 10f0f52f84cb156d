// What can be built, and the key under which a build is kept: it changes with the sources, the versions and the flags.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { kubeLinkerFlags } from './gomod.ts'
import { ciliumMinor, KUBERNETES, SPEAKERS, type SpeakerMinor } from './versions.ts'

export interface Target {
  /** Name of the folder of its builds, and of its log. */
  name: string
  kind: 'kube' | 'cilium' | 'speaker'
  version: string
  /** Source files below lab/native that go into it. */
  sources: readonly string[]
  flags: readonly string[]
  /** What the build must leave behind. */
  binaries: readonly string[]
}

const STRIPPED = ['-mod=mod', '-trimpath', '-ldflags', '-s -w']

export const kubeTarget = (): Target => ({
  name: `kube-${KUBERNETES}`,
  kind: 'kube',
  version: KUBERNETES,
  sources: ['kube'],
  flags: ['-mod=mod', '-trimpath', '-ldflags', kubeLinkerFlags(KUBERNETES)],
  binaries: ['kube'],
})

export const ciliumTarget = (release: string): Target => ({
  name: `cilium-${release}`,
  kind: 'cilium',
  version: release,
  sources: ['agent/main.go', `agent/cells_${ciliumMinor(release)}.go`, 'fallback'],
  flags: STRIPPED,
  // The operator reads its default IPAM mode from its own file name.
  binaries: ['cilium-bgp-agent', 'cilium-operator-generic'],
})

export const speakerTarget = (minor: SpeakerMinor): Target => ({
  name: `speaker-${minor}`,
  kind: 'speaker',
  version: SPEAKERS[minor].module,
  sources: [`speakers/${minor}`],
  // These releases use an x/net that links against syscall internals, which Go forbids since 1.23 unless told.
  flags: ['-mod=mod', '-trimpath', '-ldflags', '-checklinkname=0 -s -w'],
  binaries: ['speaker'],
})

/** Twelve hex digits over everything that decides what comes out of a build, the Go release excepted. */
export function targetKey(target: Target, files: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256')
  const parts = [target.kind, target.version, ...target.flags, ...target.binaries]
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) parts.push(name, content)
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return hash.digest('hex').slice(0, 12)
}

/** The target's source files: path below lab/native → content. */
export async function readSources(target: Target, sources: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const source of target.sources) {
    const path = join(sources, source)
    for (const file of source.endsWith('.go') ? [path] : await filesBelow(path)) {
      files.set(relative(sources, file), await readFile(file, 'utf8'))
    }
  }
  return files
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
