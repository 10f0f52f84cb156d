// toBeEstablished: the sessions that there should be are up.
import { plural } from '../../core/errors/plural.ts'
import type { State } from '../../harness/contract.ts'
import type { NodeRow, PeerRow } from '../../harness/views.ts'
import { stateUnknown } from './certainty.ts'
import { claim, holds, SESSIONS, undecided, type ClaimOptions, type Outcome } from './claim.ts'
import { isNode, select, unknownNode } from './select.ts'

export interface EstablishedOptions extends ClaimOptions {
  /** Only these; left out: all that the cluster's objects give a session with us, or all that ever came. */
  readonly node?: string | readonly string[] | undefined
}

interface Down {
  readonly node: string
  readonly why: string
}

const nameOf = ({ node, identifier }: PeerRow): string => node ?? identifier

function wordsOf(options: EstablishedOptions = {}): string {
  const { node } = options
  return node === undefined
    ? 'every session that there should be'
    : `the session of ${[node].flat().join(', ')}`
}

/** Those that should have a session: name by name, up or down. */
function wanted(
  state: State,
  nodes: readonly string[] | undefined,
): readonly (Down & { readonly up: boolean })[] {
  const rows = state.nodes()
  const peers = state.peers()
  const ofPeer = (peer: PeerRow): Down & { up: boolean } => ({
    node: nameOf(peer),
    up: peer.state === 'established',
    why:
      peer.lastClose === undefined ? `its session is ${peer.state}` : `its session closed: ${peer.lastClose}`,
  })
  const ofNode = (row: NodeRow): Down & { up: boolean } => ({
    node: row.node,
    up: row.state === 'established',
    why: row.why ?? 'no session',
  })
  if (nodes !== undefined) {
    return nodes.map((name) => {
      const row = rows.find(({ node }) => node === name)
      if (row !== undefined) return ofNode(row)
      const of = peers.filter((peer) => isNode(peer, name) || peer.identifier === name).map(ofPeer)
      return of.find(({ up }) => up) ?? of[0] ?? { node: name, up: false, why: 'never connected' }
    })
  }
  const due = rows.filter((row) => row.due)
  return due.length > 0 ? due.map(ofNode) : peers.map(ofPeer)
}

export const toBeEstablished = claim<[options?: EstablishedOptions]>({
  name: 'toBeEstablished',
  options: ['node'],
  patience: SESSIONS,
  words: (options) => [`${wordsOf(options)} is Established`, `${wordsOf(options)} is down`],
  state(state, options = {}): Outcome {
    const selection = select(options)
    if ('bad' in selection) return selection.bad
    const unsure = stateUnknown(state) ?? unknownNode(state, selection.nodes)
    if (unsure !== undefined) return unsure
    const all = wanted(state, selection.nodes)
    if (all.length === 0)
      return {
        ...undecided('nothing to check: no peer has connected, and no object says who should'),
        hint: 'Give startRouter an `expected` source, or let a node peer with this router.',
      }
    const down = all.filter(({ up }) => !up)
    const names = new Set((down.length > 0 ? down : all).map(({ node }) => node))
    const about: Outcome['about'] = (row) =>
      ['opened', 'established', 'closed', 'notification', 'dial', 'silent'].includes(row.type) &&
      (row.node === undefined || names.has(row.node))
    if (down.length === 0)
      return {
        ...holds(
          `${all.length === 1 ? 'the only session is' : `all ${all.length} sessions are`} Established: ${all.map(({ node }) => node).join(', ')}`,
        ),
        about,
      }
    const some = down.length < all.length
    return {
      says: some ? 'partly' : 'refuted',
      found: [
        `${all.length - down.length} of ${plural(all.length, 'session')} ${all.length === 1 ? 'is' : 'are'} Established`,
        ...down.map(({ node, why }) => `${node}: ${why}`),
      ],
      cause: down[0]!.why,
      hint: 'Nodes dial again after their ConnectRetryTime (Cilium: 120 s unless set): give { timeout } more than that.',
      about,
    }
  },
})
