// What a checker knows beyond the world: small, and in every checkpoint.
import type { PrefixKey } from '../expected/allocation.ts'
import { prefixKey } from '../ip/arithmetic.ts'
import type { Prefix } from '../ip/prefix.ts'
import { formatPrefix, parsePrefix } from '../ip/text.ts'
import type { Micros } from '../speaker/contract.ts'
import type { CheckSnapshot } from './check-snapshot.ts'
import { ClusterBook } from './cluster-book.ts'
import { IdentifierChanges } from './identifier-changes.ts'
import { PeerLabels } from './peer-labels.ts'
import { ProbeBook } from './probe-book.ts'
import type { Settling } from './settling.ts'
import type { Withdrawn } from './view.ts'

export class CheckState {
  readonly book = new ClusterBook()
  readonly labels = new PeerLabels()
  readonly identifiers = new IdentifierChanges()
  readonly settling: Settling
  readonly probes = new ProbeBook()
  /** Who announced an owned prefix last. */
  readonly withdrawn = new Map<PrefixKey, Withdrawn & { readonly prefix: Prefix }>()
  /** Our own addresses, as listeners and sessions show them. */
  readonly addresses = new Set<string>()
  /** When routes last changed. */
  routesChanged: Micros = 0

  constructor(settling: Settling) {
    this.settling = settling
  }

  /** JSON, for a checkpoint. */
  snapshot(): CheckSnapshot {
    return {
      version: 1,
      book: this.book.snapshot(),
      labels: this.labels.snapshot(),
      identifiers: this.identifiers.snapshot(),
      settling: this.settling.snapshot(),
      withdrawn: [...this.withdrawn.values()].map(({ prefix, node, at, event, cause }) => [
        formatPrefix(prefix),
        node,
        at,
        event,
        cause,
      ]),
      addresses: [...this.addresses],
      changed: this.routesChanged,
      probes: this.probes.snapshot(),
    }
  }

  /** Takes a snapshot over, where nothing is known but the objects. */
  restore(snapshot: CheckSnapshot): void {
    this.book.restore(snapshot.book)
    this.labels.restore(snapshot.labels)
    this.identifiers.restore(snapshot.identifiers ?? [])
    this.settling.restore(snapshot.settling)
    if (snapshot.probes !== undefined) this.probes.restore(snapshot.probes)
    for (const address of snapshot.addresses) this.addresses.add(address)
    for (const [text, node, at, event, cause] of snapshot.withdrawn) {
      const prefix = parsePrefix(text)
      this.withdrawn.set(prefixKey(prefix), { prefix, node, at, event, cause })
    }
  }
}
