// What the native lab can run, and what it takes to build it.

/** Oldest Go that builds Kubernetes 1.36 and Cilium 1.20, and the toolchain fetched where the Go at hand is older. */
export const GO_MINIMUM = '1.26'
export const GO_TOOLCHAIN = '1.26.8'

export const KUBERNETES = '1.36.4'

/** Cilium releases with which the lab was run. Any other release of these minors is tried as well. */
export const CILIUM_RELEASES = ['1.20.2', '1.19.7', '1.18.11'] as const
export const CILIUM_DEFAULT: string = CILIUM_RELEASES[0]
const CILIUM_MINORS = ['1.20', '1.19', '1.18']

/**
 * The MetalLB-mode speakers of incident I-1: the release whose code runs, and the release that the cluster's
 * DaemonSet names. The incident had 1.11.9, which module proxies do not serve; the speaker did not change from 1.11.5 on.
 */
export const SPEAKERS = {
  '1.11': { module: '1.11.5', image: '1.11.9' },
  '1.12': { module: '1.12.0', image: '1.12.0' },
} as const
export type SpeakerMinor = keyof typeof SPEAKERS

export function isSpeakerMinor(text: string): text is SpeakerMinor {
  return Object.hasOwn(SPEAKERS, text)
}

/** "1.20.2" → "1.20"; undefined if it is no release of a minor that has a cells file in lab/native/agent. */
export function ciliumMinor(release: string): string | undefined {
  const minor = /^(\d+\.\d+)\.\d+$/.exec(release)?.[1]
  return minor !== undefined && CILIUM_MINORS.includes(minor) ? minor : undefined
}

/** The number in what `go version` prints ("go version go1.26.8 linux/amd64" → "1.26.8"). */
export function parseGoVersion(output: string): string | undefined {
  return /\bgo(\d+(?:\.\d+){1,2})/.exec(output)?.[1]
}
