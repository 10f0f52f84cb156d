// What the kind lab runs, by release of Cilium.
import { UserError } from '../../core/errors/user-error.ts'

/** The patch release that stands for a minor one. */
const PATCH: Readonly<Record<string, string>> = { '1.18': '1.18.11', '1.19': '1.19.7', '1.20': '1.20.2' }

export const CILIUM_MINORS: readonly string[] = Object.keys(PATCH)
export const CILIUM_DEFAULT = '1.20'
/** Newer Kubernetes releases do not start on hosts with cgroup v1. */
export const NODE_IMAGE = 'kindest/node:v1.34.0'

/**
 * "1.19" or "1.19.4" as a full release.
 * @throws UserError RW_USAGE for releases that the lab has no values for
 */
export function ciliumRelease(text: string, flag = '--cilium'): string {
  const match = /^v?(\d+\.\d+)(\.\d+)?$/.exec(text)
  const minor = match?.[1] ?? ''
  const patch = Object.hasOwn(PATCH, minor) ? PATCH[minor] : undefined
  if (match === null || patch === undefined)
    throw new UserError('RW_USAGE', `${flag}: the lab has no values for Cilium ${text}`, {
      remedy: `It runs ${CILIUM_MINORS.join(', ')}, or a patch release of these such as ${PATCH[CILIUM_DEFAULT]}.`,
    })
  return match[2] === undefined ? patch : `${minor}${match[2]}`
}

/** "1.20.2" → "1.20". */
export const minorOf = (release: string): string => release.split('.').slice(0, 2).join('.')

/** The images of a release, by the tags that the chart uses when digests are off. */
export const ciliumImages = (release: string): readonly string[] => [
  `quay.io/cilium/cilium:v${release}`,
  `quay.io/cilium/operator-generic:v${release}`,
]
