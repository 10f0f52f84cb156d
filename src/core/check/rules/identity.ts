import { evidenceOf } from '../words.ts'
import type { PeerRule } from './rule.ts'

/** What a peer offers about who it is contradicts itself: its routes cannot be laid at any node's door. */
export const identity: PeerRule = {
  on: 'peer',
  code: 'identity',
  severity: 'error',
  meaning: 'FQDN capability, source address and router-id of a peer name different nodes',

  judge({ peer, label }) {
    if (label.conflict === undefined) return undefined
    const says = label.conflict.evidence.map(
      ({ by, value, nodes }) => `${by} ${value} is ${nodes.join(' or ')}`,
    )
    return {
      since: label.conflict.since,
      evidence: evidenceOf(label.conflict.event),
      summary: `peer ${peer.identifier} from ${peer.last.remote.address} is several nodes at once: ${says.join(', ')}`,
      cause: 'a router-id or address that belongs to another node, or a host name that was copied',
      impact: 'its routes are not judged',
      remedy: 'give every node its own router-id, source address and host name',
    }
  },
}
