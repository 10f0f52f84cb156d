// What clients ask an API server before they ask for objects: versions, groups, resources, and how to reach it.
import { WATCHED_KINDS, type WatchedKind } from '../core/expected/kinds.ts'

/** The answer to a discovery path; undefined for any other path. */
export function discovery(
  path: string,
  versions: (kind: WatchedKind) => readonly string[],
): object | undefined {
  if (path === '/version') return { major: '1', minor: '36', gitVersion: 'v1.36.0-routewitness' }
  if (path === '/healthz' || path === '/readyz' || path === '/livez') return { status: 'ok' }
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] }
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(versions) }
  const [, group, version] = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? []
  if (version === undefined) return undefined
  const kinds = WATCHED_KINDS.filter(
    (kind) => kind.group === (group ?? '') && versions(kind).includes(version),
  )
  if (kinds.length === 0) return undefined
  const groupVersion = group === undefined ? version : `${group}/${version}`
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: kinds.map(resource) }
}

function groups(versions: (kind: WatchedKind) => readonly string[]): readonly object[] {
  const names = [...new Set(WATCHED_KINDS.map((kind) => kind.group).filter((group) => group !== ''))]
  return names.flatMap((name) => {
    const served = new Set(WATCHED_KINDS.filter((kind) => kind.group === name).flatMap(versions))
    const list = [...served].map((version) => ({ groupVersion: `${name}/${version}`, version }))
    return list.length === 0 ? [] : [{ name, versions: list, preferredVersion: list[0] }]
  })
}

function resource(kind: WatchedKind): object {
  return {
    name: kind.plural,
    singularName: kind.kind.toLowerCase(),
    kind: kind.kind,
    namespaced: kind.namespaced,
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  }
}

/** A kubeconfig for a server without credentials. Clients take plain http only when told not to verify. */
export function kubeconfigText(url: string): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: demo
    cluster: { server: '${url}', insecure-skip-tls-verify: true }
users:
  - name: demo
    user: {}
contexts:
  - name: demo
    context: { cluster: demo, user: demo }
current-context: demo
`
}
