// Routes that go on: all of them first, then what changes. A table may be large, so all of it is done in turns, and only
// peers whose routes may be others than before are read again.
import type { Observer } from '../core/check/observer.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { Budget, ROUTES_A_TURN } from './next-turn.ts'
import { peersByName, rowsOfPeers } from './route-reading.ts'
import type { Rows } from './rows.ts'
import { RowsWatch, type ChangedRow } from './rows-watch.ts'
import type { RouteRow } from './views.ts'
import type { Pace } from './watch-rows.ts'

interface Source {
  readonly now: Micros
  readonly router: { readonly observer: Observer }
}

/** What was shown of a peer, and what its rows depended on then. */
interface Watched {
  readonly rows: RowsWatch<'routes'>
  revision: number
  node: string | undefined
}

/** At most a thousand rows at a time; the first time also none. */
export async function* watchRoutes(
  source: Source,
  pace: Pace,
  pause: () => Promise<void>,
): AsyncGenerator<Rows<ChangedRow<RouteRow>>> {
  const watched = new Map<string, Watched>()
  const budget = new Budget(pause)
  for (let first = true; !pace.isOver(); first = false) {
    const changed = pace.next()
    let told = false
    for await (const rows of changesOf(source.router.observer, watched, budget)) {
      told = true
      yield { now: source.now, rows }
    }
    if (first && !told) yield { now: source.now, rows: [] }
    await changed
  }
}

async function* changesOf(
  observer: Observer,
  watched: Map<string, Watched>,
  budget: Budget,
): AsyncGenerator<readonly ChangedRow<RouteRow>[]> {
  let rows: ChangedRow<RouteRow>[] = []
  const full = (): readonly ChangedRow<RouteRow>[] => {
    const some = rows
    rows = []
    return some
  }
  const left = new Set(watched.keys())
  for (const peer of peersByName(observer).flatMap(([, peers]) => peers)) {
    left.delete(peer)
    const before = watched.get(peer)
    const revision = observer.world.speaker.revision(peer)
    const node = observer.checker.nodeOf(peer)
    if (before !== undefined && before.revision === revision && before.node === node) continue
    const known = before ?? { rows: new RowsWatch('routes'), revision, node }
    watched.set(peer, Object.assign(known, { revision, node }))
    for await (const some of rowsOfPeers(observer, [peer], budget)) {
      rows.push(...known.rows.see(some))
      if (rows.length >= ROUTES_A_TURN) yield full()
    }
    for (const row of known.rows.end()) {
      rows.push(row)
      if (rows.length >= ROUTES_A_TURN) yield full()
      if (budget.spend()) await budget.renew()
    }
  }
  // Peers that are forgotten.
  for (const peer of left) {
    for (const row of watched.get(peer)!.rows.end()) rows.push(row)
    watched.delete(peer)
  }
  if (rows.length > 0) yield rows
}
