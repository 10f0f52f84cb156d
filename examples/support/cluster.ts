// A small healthy cluster to run the examples against: the demo's embedded API server and its simulated nodes. With a
// cluster of your own you need nothing of this: fromCluster({ context: 'my-cluster' }), and the nodes come by themselves.
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
}

/** Four nodes whose Node and CiliumNode agree. AS 64513; the router's is to be 64524. */
export async function startCluster(): Promise<ExampleCluster> {
  const settings = INCIDENT.objects.filter((object) => object.kind !== 'Node' && object.kind !== 'CiliumNode')
  const own = INCIDENT.nodes.map((node) => ({ ...node, announces: node.pods }))
  const api = await startApiServer({
    objects: [...settings, ...own.flatMap((node) => [nodeObject(node), ciliumNodeObject(node)])],
  })
  const nodes = new Map<string, SimulatedNode>()
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
    })
    await node.start()
    nodes.set(name, node)
  }
  return {
    kubeconfig: api.kubeconfig(),
    async peerWith(listener) {
      const [address = '', port = ''] = listener.split(':')
      router = { address, port: Number(port) }
      for (const node of own) await start(node.name)
    },
    stopNode(name) {
      nodes.get(name)?.stop()
      nodes.delete(name)
    },
    startNode: start,
    async [Symbol.asyncDispose]() {
      for (const node of nodes.values()) node.stop()
      await api[Symbol.asyncDispose]()
    },
  }
}
