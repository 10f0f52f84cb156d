// Where the lab keeps things: sources in the repository, builds and running labs outside it.
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** lab/native at the top of the package. */
export const SOURCES = fileURLToPath(new URL('../../../lab/native/', import.meta.url))

/** Builds, and by default the labs: ROUTEWITNESS_LAB_CACHE, else routewitness/lab in the user's cache directory. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['ROUTEWITNESS_LAB_CACHE']
  if (own !== undefined && own !== '') return resolve(own)
  const xdg = environment['XDG_CACHE_HOME']
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'routewitness', 'lab')
}

/** One folder for each lab lies in here. */
export const labsDirectory = (cache: string): string => join(cache, 'run')
export const labDirectory = (cache: string, name: string): string => join(labsDirectory(cache), name)
