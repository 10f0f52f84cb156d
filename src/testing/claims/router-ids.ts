// toHaveDuplicateRouterIds: two machines with one BGP identifier (RFC 6286 §2.1 wants it unique in an AS).
import { plural } from '../../core/errors/plural.ts'
import type { State } from '../../harness/contract.ts'
import { stateUnknown } from './certainty.ts'
import { claim, holds, refuted, SESSIONS, undecided, type ClaimOptions, type Outcome } from './claim.ts'

export type RouterIdsOptions = ClaimOptions

interface Duplicate {
  readonly identifier: string
  readonly line: string
}

/** Peers of one identifier that are not one: of several names, or AS numbers that came from several addresses. */
function shared(state: State): readonly Duplicate[] {
  const by = new Map<string, Map<string, string>>()
  for (const { identifier, node, address, asn } of state.peers()) {
    const name = node ?? address
    const those = by.get(identifier) ?? new Map<string, string>()
    by.set(identifier, those.set(name, `${name} (AS ${asn}, ${address})`))
  }
  return [...by]
    .filter(([, those]) => those.size > 1)
    .map(([identifier, those]) => ({
      identifier,
      line: `${identifier}: ${[...those.values()].join(' and ')}`,
    }))
}

/** One peer by AS and identifier that comes from several addresses at once: its connections take each other's place. */
function contested(state: State): readonly Duplicate[] {
  const remotes = new Map<string, Set<string>>()
  const collided = new Set<string>()
  for (const { type, peer, remote, cause, text } of state.events()) {
    if (peer === undefined) continue
    if (type === 'opened' && remote !== undefined)
      remotes.set(peer, (remotes.get(peer) ?? new Set()).add(remote))
    // RFC 4271 §6.8, or RFC 4724 §5 where graceful restart was negotiated.
    if (type === 'closed' && (cause === 'replaced' || text.includes('Connection Collision')))
      collided.add(peer)
  }
  return [...collided].flatMap((peer) => {
    const addresses = [...(remotes.get(peer) ?? [])]
    const identifier = peer.slice(peer.lastIndexOf(' ') + 1)
    return addresses.length < 2
      ? []
      : [{ identifier, line: `${identifier}: connections from ${addresses.join(' and ')} end each other` }]
  })
}

export const toHaveDuplicateRouterIds = claim<[options?: RouterIdsOptions]>({
  name: 'toHaveDuplicateRouterIds',
  options: [],
  patience: SESSIONS,
  words: () => ['two peers have the same BGP identifier', 'no two peers have the same BGP identifier'],
  state(state: State): Outcome {
    const found = [...shared(state), ...contested(state)]
    const identifiers = new Set(found.map(({ identifier }) => identifier))
    const about: Outcome['about'] = (row) =>
      ['opened', 'established', 'closed', 'identifier'].includes(row.type) &&
      identifiers.has(row.peer?.slice(row.peer.lastIndexOf(' ') + 1) ?? '')
    if (found.length > 0)
      return {
        ...holds(
          `${found.length === 1 ? 'one BGP identifier is' : `${found.length} BGP identifiers are`} shared`,
          ...found.map(({ line }) => line),
        ),
        cause:
          'routers tell peers apart by identifier: sessions of the two can end each other, and reflectors drop their routes',
        hint: 'Give each node its own routerID (CiliumBGPNodeConfigOverride), above all with IPv6 only or host images that were cloned.',
        about,
      }
    const unsure = stateUnknown(state)
    if (unsure !== undefined) return unsure
    const peers = state.peers()
    if (peers.length === 0) return undecided('nothing to check: no peer has connected')
    return refuted(
      `${plural(peers.length, 'peer')}, ${plural(new Set(peers.map(({ identifier }) => identifier)).size, 'identifier')}`,
    )
  },
})
