// go.mod files of the programs that the lab builds, derived from those of the upstream modules. Pure.

/** Where a module proxy lacks what Cilium pins: module → what replaces it (module@version, or ./folder). */
export interface Fallback {
  module: string
  substitute: string
}

/** Reads lab/native/fallback/versions: two columns, `#` begins a comment. */
export function parseFallbacks(text: string): Fallback[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [module = '', substitute = ''] = line.split(/\s+/)
      return { module, substitute }
    })
}

/**
 * go.mod of the one binary with etcd, kube-apiserver, kube-controller-manager and kubectl.
 * k8s.io/kubernetes builds from its staging folders through `replace`, which counts only in the main module: here each is
 * replaced by the same code as published.
 */
export function kubeGoMod(upstream: string, kubernetes: string): string {
  const library = libraryVersion(kubernetes)
  const etcd = /^\s*(go\.etcd\.io\/etcd\/server\/v3 v\S+)/m.exec(upstream)?.[1]
  if (etcd === undefined) throw new Error(`k8s.io/kubernetes v${kubernetes} requires no etcd server`)
  const staged = [...upstream.matchAll(/^\s*(?:replace )?(k8s\.io\/\S+) => \.\/staging\//gm)].map(
    (match) => match[1],
  )
  return lines([
    'module routewitness.lab/kube',
    ...directives(upstream),
    `require k8s.io/kubernetes v${kubernetes}`,
    `require k8s.io/component-base ${library}`,
    `require k8s.io/kubectl ${library}`,
    `require ${etcd}`,
    ...staged.map((module) => `replace ${module} => ${module} ${library}`),
  ])
}

/** Linker flags of that binary: without a version number clients take the server for a development build. */
export function kubeLinkerFlags(kubernetes: string): string {
  const variable = 'k8s.io/component-base/version'
  const [major, minor] = kubernetes.split('.')
  const values = { gitVersion: `v${kubernetes}`, gitMajor: major, gitMinor: minor }
  return [
    '-s',
    '-w',
    ...Object.entries(values).map(([name, value]) => `-X ${variable}.${name}=${value}`),
  ].join(' ')
}

/** go.mod of the agent's BGP control plane: requires Cilium and repeats its replacements. */
export function agentGoMod(upstream: string, cilium: string): string {
  return lines([
    'module routewitness.lab/cilium-bgp-agent',
    ...directives(upstream),
    `require github.com/cilium/cilium v${cilium}`,
    ...replacements(upstream),
  ])
}

/** True if this go.mod requires the module. */
export function requires(goMod: string, module: string): boolean {
  return goMod.split('\n').some((line) =>
    line
      .trim()
      .replace(/^require /, '')
      .startsWith(`${module} v`),
  )
}

const libraryVersion = (kubernetes: string): string => `v0.${kubernetes.split('.').slice(1).join('.')}`

const directives = (goMod: string): string[] =>
  goMod.split('\n').filter((line) => /^(go|godebug) /.test(line))

function replacements(goMod: string): string[] {
  const single = goMod.split('\n').filter((line) => /^replace [^(]/.test(line))
  const blocks = [...goMod.matchAll(/^replace \(\n([\s\S]*?)^\)/gm)].flatMap((match) =>
    (match[1] ?? '').split('\n'),
  )
  return [...single, ...blocks.filter((line) => line.includes('=>')).map((line) => `replace ${line.trim()}`)]
}

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`
