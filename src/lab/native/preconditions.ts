// Why the native lab cannot run on this machine.
import { platform } from 'node:os'
import { findBuild, spaceComplaint } from './build.ts'
import { goComplaint, newestGo } from './go.ts'
import { cacheDirectory } from './paths.ts'
import { ciliumTarget, kubeTarget, speakerTarget } from './targets.ts'
import { CILIUM_DEFAULT } from './versions.ts'

/**
 * Reasons, each with what to do about it; empty if the lab can run. What is built already needs no Go and no space.
 * @param releases of Cilium that are wanted
 */
export async function labPreconditions(
  releases: readonly string[] = [CILIUM_DEFAULT],
  cache = cacheDirectory(),
): Promise<string[]> {
  if (platform() !== 'linux') return [`the native lab runs on Linux only, this is ${platform()}`]
  const targets = [kubeTarget(), ...releases.map(ciliumTarget), speakerTarget('1.11'), speakerTarget('1.12')]
  const builds = await Promise.all(targets.map((target) => findBuild(cache, target)))
  if (builds.every((build) => build !== undefined)) return []
  const complaint = await goComplaint(cache)
  if (complaint !== undefined) return [complaint]
  const tool = await newestGo(cache)
  const space = tool === undefined ? undefined : await spaceComplaint(tool, cache)
  return space === undefined
    ? []
    : [`${space}: free some, or move GOCACHE, GOMODCACHE or ROUTEWITNESS_LAB_CACHE`]
}
