// From nothing to a running lab, step by step.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { choosePorts, chooseSubnet } from './addresses.ts'
import { ensureBuild } from './build.ts'
import { kubeconfig, nodeProcess, OPERATOR, processNames } from './commands.ts'
import { operatorConfig, speakerConfig } from './config.ts'
import { runOk } from './exec.ts'
import type { KubeApi } from './kube-api.ts'
import { speakerConfigOf, type Layout } from './layout.ts'
import { withLock } from './lock.ts'
import { firstNodes, type LabNode } from './nodes.ts'
import { clusterObjects, nodeObjects, render, type KubeObject, type Templates } from './objects.ts'
import { SOURCES } from './paths.ts'
import type { LabPlan } from './plan.ts'
import { poll } from './poll.ts'
import type { Progress } from './progress.ts'
import type { Site } from './site.ts'
import { allStates, type LabState } from './state.ts'
import { hostnameWrapper, isFree, usedSubnets } from './system.ts'
import { ciliumTarget, kubeTarget, speakerTarget, type Target } from './targets.ts'

/** Seconds for one step; each takes a few on an idle machine. */
const STEP = 90

export const speakerTargetOf = (plan: LabPlan): Target =>
  plan.speakers === undefined ? ciliumTarget(plan.release) : speakerTarget(plan.speakers)

/** Builds if need be, takes addresses, starts everything, and resolves when all nodes are configured and their agents run. */
export async function bringUp(site: Site, plan: LabPlan, cache: string, progress: Progress): Promise<void> {
  const kube = await ensureBuild(cache, kubeTarget(), progress)
  const speaker = await ensureBuild(cache, speakerTargetOf(plan), progress)
  const wrapper = plan.kind === 'cilium' ? await hostnameWrapper() : undefined
  if (plan.kind === 'cilium' && wrapper === undefined) {
    progress(
      'no UTS namespaces here: every node will send the host name of this machine in its FQDN capability',
    )
    progress(
      '(to have them: util-linux installed, and user namespaces allowed: sysctl user.max_user_namespaces)',
    )
  }
  const builds = { kube: kube.directory, speaker: speaker.directory }
  const state = await reserve(site, plan, builds, speaker.substitutes, wrapper, progress)
  const templates = await readTemplates()
  await writeFiles(site.layout, state)

  await site.start('etcd')
  await site.start('kube-apiserver')
  await site.withApi(state, (api) => configure(site, api, state, templates, progress))
  await site.state.update((state) => void (state.phase = 'ready'))
}

/** From a kube-apiserver that was just started to nodes that are configured and run. */
async function configure(
  site: Site,
  api: KubeApi,
  state: LabState,
  templates: Templates,
  progress: Progress,
): Promise<void> {
  const { plan } = state
  const definitions = await customResources(state, templates)
  await poll('kube-apiserver', STEP, async () => ((await api.ready()) ? true : undefined), {
    hopeless: () => site.obituary(['etcd', 'kube-apiserver']),
  })
  progress('kube-apiserver is ready')
  await establish(api, definitions)
  progress('custom resources are established')

  if (plan.kind === 'cilium') for (const name of ['kube-controller-manager', OPERATOR]) await site.start(name)
  await poll('namespace kube-system', STEP, () => api.get('/api/v1/namespaces/kube-system'))
  // One after the other: the operator mostly allocates in this order.
  for (const node of state.nodes)
    for (const object of nodeObjects(plan, node, templates)) await api.create(object)
  await Promise.all(clusterObjects(plan, templates).map((object) => api.create(object)))
  for (const node of state.nodes) await site.start(nodeProcess(node.name))
  progress(`${state.nodes.length} nodes are created and their agents started`)

  await settled(site, api, plan, state.nodes, processNames(state))
}

/** Takes a subnet and ports that no other lab has, and writes the state file while nobody else can. */
function reserve(
  site: Site,
  plan: LabPlan,
  builds: LabState['builds'],
  substitutes: string[],
  wrapper: string[] | undefined,
  progress: Progress,
): Promise<LabState> {
  const labs = dirname(site.layout.directory)
  return withLock(join(labs, '.reserve.lock'), progress, 'the start of another lab', async () => {
    const others = await allStates(labs)
    const subnet = chooseSubnet(
      site.layout.directory,
      new Set([...others.map((lab) => lab.subnet), ...(await usedSubnets())]),
    )
    const ports = await choosePorts(new Set(others.flatMap((lab) => Object.values(lab.ports))), isFree)
    const nodes = firstNodes(plan, subnet)
    const state: LabState = {
      plan,
      phase: 'starting',
      startedAt: new Date().toISOString(),
      token: randomBytes(16).toString('hex'),
      subnet,
      ports,
      nodes,
      lastIndex: nodes.length,
      processes: {},
      builds,
      substitutes,
      ...(wrapper === undefined ? {} : { hostnameWrapper: wrapper }),
    }
    await site.state.write(state)
    return state
  })
}

async function writeFiles(layout: Layout, state: LabState): Promise<void> {
  for (const folder of [layout.logs, layout.certificates, layout.operatorConfig, layout.speakerConfigs]) {
    await mkdir(folder, { recursive: true })
  }
  await writeFile(layout.tokens, `${state.token},admin,admin,system:masters\n`, { mode: 0o600 })
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(layout.serviceAccountKey, privateKey.export({ type: 'pkcs1', format: 'pem' }), {
    mode: 0o600,
  })
  await writeFile(layout.kubeconfig, kubeconfig(state, layout), { mode: 0o600 })
  await writeFile(
    layout.kubectl,
    `#!/bin/sh\nKUBECONFIG='${layout.kubeconfig}' exec '${join(state.builds.kube, 'kubectl')}' "$@"\n`,
  )
  await chmod(layout.kubectl, 0o755)
  for (const [key, value] of Object.entries(operatorConfig(state.plan, socketPath(layout)))) {
    await writeFile(join(layout.operatorConfig, key), value)
  }
  for (const node of state.nodes) await writeSpeakerConfig(layout, state.plan, node)
}

export async function writeSpeakerConfig(layout: Layout, plan: LabPlan, node: LabNode): Promise<void> {
  if (plan.kind === 'speakers') await writeFile(speakerConfigOf(layout, node.name), speakerConfig(plan, node))
}

/** The kernel takes 107 bytes for a socket's path. */
function socketPath(layout: Layout): string {
  const path = join(layout.directory, 'operator.sock')
  return Buffer.byteLength(path) < 100 ? path : join(tmpdir(), `routewitness-lab-${process.pid}.sock`)
}

export async function readTemplates(): Promise<Templates> {
  const folder = join(SOURCES, 'manifests')
  const names = await readdir(folder)
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
  )
}

/** Cilium's own definitions, as its module embeds them; for the old speakers the one that they read. */
async function customResources(state: LabState, templates: Templates): Promise<KubeObject[]> {
  if (state.plan.kind === 'speakers') return render(templates['ciliumnode-crd.yaml'] ?? '', {})
  return ciliumDefinitions(state.builds.speaker)
}

/** The CustomResourceDefinitions that the Cilium in this folder brings. */
export async function ciliumDefinitions(directory: string): Promise<KubeObject[]> {
  const list = JSON.parse(await runOk(join(directory, 'cilium-bgp-agent'), ['crds'])) as {
    items: KubeObject[]
  }
  return list.items
}

interface Definitions {
  items: { metadata: { name: string }; status?: { conditions?: { type: string; status: string }[] } }[]
}

export async function establish(api: KubeApi, definitions: readonly KubeObject[]): Promise<void> {
  await Promise.all(definitions.map((definition) => api.create(definition)))
  const names = definitions.map((definition) => definition.metadata.name)
  await poll('the custom resources', STEP, async () => {
    const list = await api.get<Definitions>('/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
    const established = new Set(
      list?.items
        .filter((item) =>
          item.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True'),
        )
        .map((item) => item.metadata.name),
    )
    return names.every((name) => established.has(name)) ? true : undefined
  })
}

interface CiliumNode {
  spec?: { ipam?: { podCIDRs?: string[] } }
}

/**
 * Resolves when these nodes have their pod CIDRs and, in a full lab, the BGP configuration that the operator makes.
 * Gives up at once when one of the processes named has ended.
 */
export async function settled(
  site: Site,
  api: KubeApi,
  plan: LabPlan,
  nodes: readonly LabNode[],
  processes: readonly string[],
): Promise<void> {
  const hopeless = (): Promise<string | undefined> => site.obituary(processes)
  for (const { name } of nodes) {
    await poll(
      `the pod CIDRs of ${name}`,
      STEP,
      async () => {
        const node = await api.get<CiliumNode>(`/apis/cilium.io/v2/ciliumnodes/${name}`)
        return (node?.spec?.ipam?.podCIDRs?.length ?? 0) > 0 ? true : undefined
      },
      { hopeless },
    )
    if (plan.kind === 'speakers') continue
    await poll(
      `the BGP configuration of ${name}`,
      STEP,
      () => api.get(`/apis/cilium.io/v2/ciliumbgpnodeconfigs/${name}`),
      { hopeless },
    )
  }
}
