// A small healthy cluster to run the examples against: the demo's embedded API server and its simulated nodes. With a
// cluster of your own you need nothing of this: fromCluster({ context: 'my-cluster' }), the nodes come by themselves, and
// kubectl does what `cluster` does here.
import { startApiServer } from '../../src/demo/api-server.ts'
import { ciliumNodeObject, INCIDENT, nodeObject } from '../../src/demo/incident.ts'
import { SimulatedNode } from '../../src/demo/simulated-node.ts'

export interface ExampleCluster extends AsyncDisposable {
  /** For fromCluster({ kubeconfigText }). */
  readonly kubeconfig: string
  /** Makes every node dial the router. */
  peerWith(listener: string): Promise<void>
  /** Ends the session of a node without a NOTIFICATION, as a crash does. */
  stopNode(name: string): void
  startNode(name: string): Promise<void>
  /** Restarts the speaker of every node, one after the other, as a rollout of the DaemonSet does. */
  rollout(): Promise<void>
  /** Deletes the node: Node and CiliumNode go, and its speaker withdraws and ends. */
  removeNode(name: string): void
}

export interface ExampleClusterOptions {
  /** Seconds; left out: the nodes have no graceful restart. */
  readonly restartTime?: number
}

/** Four nodes whose Node and CiliumNode agree. AS 64513; the router's is to be 64524. */
export async function startCluster({ restartTime }: ExampleClusterOptions = {}): Promise<ExampleCluster> {
  const settings = INCIDENT.objects.filter((object) => object.kind !== 'Node' && object.kind !== 'CiliumNode')
  const own = INCIDENT.nodes.map((node) => ({ ...node, announces: node.pods }))
  const api = await startApiServer({
    objects: [...settings, ...own.flatMap((node) => [nodeObject(node), ciliumNodeObject(node)])],
  })
  const nodes = new Map<string, SimulatedNode>()
  const seen = new Set<string>()
  let router = { address: '127.0.0.1', port: 0 }
  const start = async (name: string): Promise<void> => {
    const at = own.findIndex((node) => node.name === name)
    const node = new SimulatedNode({
      name,
      asn: INCIDENT.nodeAsn,
      identifier: own[at]!.address,
      source: `127.0.0.${21 + at}`,
      router,
      api: api.url,
      restartTime,
      restarted: seen.has(name),
    })
    seen.add(name)
    await node.start()
    nodes.set(name, node)
  }
  const stop = (name: string): void => {
    nodes.get(name)?.stop()
    nodes.delete(name)
  }
  return {
    kubeconfig: api.kubeconfig(),
    async peerWith(listener) {
      const [address = '', port = ''] = listener.split(':')
      router = { address, port: Number(port) }
      for (const node of own) await start(node.name)
    },
    stopNode: stop,
    startNode: start,
    async rollout() {
      for (const { name } of own) {
        stop(name)
        await start(name)
      }
    },
    removeNode(name) {
      for (const kind of ['Node', 'CiliumNode']) api.delete(kind, name)
      stop(name)
    },
    async [Symbol.asyncDispose]() {
      for (const node of nodes.values()) node.stop()
      await api[Symbol.asyncDispose]()
    },
  }
}
