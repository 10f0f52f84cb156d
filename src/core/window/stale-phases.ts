// When routes were kept by graceful restart, as a window sees it.
import type { Instant, StaleInterval } from './contract.ts'
import type { Meant } from './filter.ts'
import type { Ledger } from './ledger.ts'

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** @param window its ends, and which routes were there when it began */
export function stalePhases(
  ledger: Ledger,
  { peers, family }: Meant,
  { from, to, held }: { readonly from: Instant; readonly to: Instant; readonly held: () => Uint8Array },
): StaleInterval[] {
  const found: StaleInterval[] = []
  for (const phase of ledger.stale) {
    if (phase.from.seq > to.seq || (phase.to !== undefined && phase.to.seq <= from.seq)) continue
    if (peers?.has(phase.peer) === false || (family !== undefined && family !== phase.family)) continue
    const before = phase.from.seq <= from.seq
    const routes = before ? heldBy(ledger, phase, held()) : phase.routes
    // A session may have a family with graceful restart and no route in it.
    if (routes === 0) continue
    const begin = before ? from : phase.from
    const end = phase.to !== undefined && phase.to.seq <= to.seq ? phase.to : undefined
    found.push({
      node: ledger.nodeOf(phase.peer),
      peer: ledger.peers[phase.peer]!,
      family: phase.family,
      routes,
      from: begin,
      began: before ? 'before' : 'within',
      to: end,
      span: (end ?? to).at - begin.at,
      why: end === undefined ? undefined : phase.why,
      removed: end === undefined ? 0 : phase.removed,
    })
  }
  return found.sort((a, b) => a.from.seq - b.from.seq || byText(a.peer, b.peer) || byText(a.family, b.family))
}

/** How many routes of a family the peer had. */
function heldBy(
  { book }: Ledger,
  of: { readonly peer: number; readonly family: string },
  held: Uint8Array,
): number {
  let count = 0
  for (let route = 0; route < held.length; route++) {
    if (held[route] === 0 || book.peerOf(route) !== of.peer) continue
    if (book.familyOf(book.prefixOf(route)) === of.family) count++
  }
  return count
}
