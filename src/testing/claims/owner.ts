// toHaveOwner: the cluster allocates a prefix to one node and to no other.
import type { State } from '../../harness/contract.ts'
import { stateUnknown } from './certainty.ts'
import { claim, holds, nearTo, refuted, ROUTES, undecided, type ClaimOptions, type Outcome } from './claim.ts'
import { readPrefix, unknownNode } from './select.ts'

export type OwnerOptions = ClaimOptions

interface Owner {
  readonly node: string
  readonly source: string
}

/** To whom the cluster allocates exactly this prefix: by what should be announced, else by the objects of the nodes. */
function ownersOf(state: State, prefix: string): readonly Owner[] {
  const expected = state.expected()
  const rows = expected.filter((row) => row.prefix === prefix)
  const owners = new Map(rows.map(({ node, source }) => [node, source]))
  if (owners.size === 0) {
    // Which of the two fields allocates is told by what is expected of others.
    const nodes = state.nodes()
    const source = expected[0]?.source ?? 'CiliumNode.spec.ipam.podCIDRs'
    const byNode = source.startsWith('Node.') || nodes.every(({ podCidrs }) => podCidrs.length === 0)
    for (const { node, podCidrs, nodePodCidrs } of nodes)
      if ((byNode ? nodePodCidrs : podCidrs).includes(prefix))
        owners.set(node, byNode ? 'Node.spec.podCIDRs' : source)
  }
  return [...owners].map(([node, source]) => ({ node, source }))
}

export const toHaveOwner = claim<[prefix: string, node: string, options?: OwnerOptions]>({
  name: 'toHaveOwner',
  options: [],
  patience: ROUTES,
  words: (prefix, node) => [
    `the cluster allocates ${prefix} to ${node} and to no other node`,
    `the cluster does not allocate ${prefix} to ${node}`,
  ],
  state(state, text, node): Outcome {
    const read = readPrefix(text)
    if ('bad' in read) return read.bad
    const { prefix } = read
    const unsure = stateUnknown(state) ?? unknownNode(state, [node])
    if (unsure !== undefined) return unsure
    if (state.nodes().every((row) => row.podCidrs.length + row.nodePodCidrs.length + row.expected === 0))
      return {
        ...undecided('nothing to check: no object allocates anything'),
        hint: 'Give startRouter an `expected` source: fromCluster({ context }), fromObjects(directory).',
      }
    const owners = ownersOf(state, prefix)
    const about: Outcome['about'] = (row) =>
      row.type === 'object' &&
      [node, ...owners.map((owner) => owner.node)].some((name) => row.text.includes(` ${name} `))
    if (owners.length === 0)
      return {
        ...refuted(`the cluster allocates ${prefix} to nobody`),
        about,
        near: nearTo(state, { prefix, node }),
      }
    const found = owners.map((owner) => `the cluster allocates ${prefix} to ${owner.node} (${owner.source})`)
    if (!owners.some((owner) => owner.node === node))
      return { ...refuted(...found), about, near: nearTo(state, { prefix, node }) }
    if (owners.length > 1)
      return { says: 'partly', found: [`${owners.length} nodes own ${prefix}`, ...found], about }
    return { ...holds(...found), about }
  },
})
