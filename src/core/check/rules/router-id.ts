import { evidenceOf } from '../words.ts'
import type { PeerRule } from './rule.ts'

/**
 * A node whose BGP identifier is another one than before. Here that makes it a new peer, so its return ends no stale
 * phase of the old one. Open while the session under the new identifier stands.
 */
export const routerId: PeerRule = {
  on: 'peer',
  code: 'router-id',
  severity: 'warning',
  meaning: 'a node came back with another BGP identifier, and its session under it stands',

  judge({ peer, label, change }) {
    if (change === undefined) return undefined
    const node = label.node ?? `the peer from ${peer.last.remote.address}`
    return {
      since: change.since,
      evidence: evidenceOf(change.event),
      summary: `${node} came back with BGP identifier ${peer.identifier}, before ${change.before}`,
      cause: 'a router-id that follows from something that changed, such as an address of the node',
      impact:
        'what graceful restart keeps under the former identifier is not refreshed, and goes with the restart timer',
      remedy: `give ${label.node ?? 'the node'} a router-id of its own that stays (CiliumBGPNodeConfigOverride, routerID)`,
    }
  },
}
