// What cilium-config and the agents' DaemonSet say about the whole cluster.
import type { ClusterObject } from '../stream/events.ts'
import type { ConfigKey } from '../stream/stored-object.ts'
import { fieldOf, type Complain } from './field.ts'

/** The objects of a cluster as they are at some instant. */
export interface Objects {
  get(kind: string, name: string, namespace?: string): ClusterObject | undefined
  list(kind: string): Iterable<ClusterObject>
}

/** A Cilium version, as far as rules look at it. `text` has no leading "v". */
export interface Version {
  readonly major: number
  readonly minor: number
  readonly text: string
}

export interface Settings {
  /** "cluster-pool", "kubernetes", "multi-pool", …; undefined when nobody says. */
  readonly ipam: string | undefined
  readonly version: Version | undefined
  /** MetalLB mode (Cilium before 1.17): every node announces its pod CIDRs to every peer. */
  readonly announcePodCidrs: boolean
  /** MetalLB mode announces addresses of Services too. */
  readonly announceServices: boolean
}

export const UNKNOWN_SETTINGS: Settings = {
  ipam: undefined,
  version: undefined,
  announcePodCidrs: false,
  announceServices: false,
}

export function readSettings(objects: Objects, complain: Complain): Settings {
  const config =
    fieldOf(named(objects, 'ConfigMap', 'cilium-config'), complain)
      ?.at('data')
      .texts() ?? new Map<string, string>()
  const say = (key: ConfigKey): string | undefined => config.get(key)
  const version = readVersion(objects, complain)
  // The MetalLB mode went away in 1.17; a key left over in the ConfigMap means nothing there.
  const metallb = version === undefined || before(version, 1, 17)
  return {
    ipam: say('ipam'),
    version,
    announcePodCidrs: metallb && isTrue(say('bgp-announce-pod-cidr')),
    announceServices: metallb && isTrue(say('bgp-announce-lb-ip')),
  }
}

function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'true'
}

function readVersion(objects: Objects, complain: Complain): Version | undefined {
  const containers =
    fieldOf(named(objects, 'DaemonSet', 'cilium'), complain)
      ?.at('spec', 'template', 'spec', 'containers')
      .items() ?? []
  const agent =
    containers.find((container) => container.at('name').text() === 'cilium-agent') ?? containers[0]
  const image = agent?.at('image').text()
  return image === undefined ? undefined : versionOfImage(image)
}

/** The version in an image reference: "quay.io/cilium/cilium:v1.20.2@sha256:…" → 1.20.2. Undefined for "latest" and bare digests. */
export function versionOfImage(image: string): Version | undefined {
  const reference = image.split('@', 1)[0]!
  const tag = reference.slice(reference.lastIndexOf('/') + 1).split(':')[1]
  const match = tag === undefined ? null : /^v?(\d+)\.(\d+)(?:[.-].*)?$/.exec(tag)
  if (match === null) return undefined
  return { major: Number(match[1]), minor: Number(match[2]), text: match[0].replace(/^v/, '') }
}

/** True when the version is older than major.minor. */
export function before(version: Version, major: number, minor: number): boolean {
  return version.major < major || (version.major === major && version.minor < minor)
}

/** By name in kube-system, or else wherever Cilium was installed. */
function named(objects: Objects, kind: string, name: string): ClusterObject | undefined {
  const usual = objects.get(kind, name, 'kube-system')
  if (usual !== undefined) return usual
  for (const object of objects.list(kind)) if (object.metadata.name === name) return object
  return undefined
}
