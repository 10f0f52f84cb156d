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
interface Shown {
  readonly watch: RowsWatch<'routes'>
  readonly revision: number
  readonly node: string | undefined
}

/** At most two thousand rows at a time; the first time also none. */
export async function* watchRoutes(
  source: Source,
  pace: Pace,
  pause: () => Promise<void>,
): AsyncGenerator<Rows<ChangedRow<RouteRow>>> {
  const shown = new Map<string, Shown>()
  const budget = new Budget(pause)
  for (let first = true; !pace.isOver(); first = false) {
    const changed = pace.next()
    let told = false
    for await (const rows of changesOf(source.router.observer, shown, pace, budget)) {
      told = true
      yield { now: source.now, rows }
    }
    if (first && !told) yield { now: source.now, rows: [] }
    await changed
  }
}

async function* changesOf(
  observer: Observer,
  shown: Map<string, Shown>,
  pace: Pace,
  budget: Budget,
): AsyncGenerator<readonly ChangedRow<RouteRow>[]> {
  let rows: ChangedRow<RouteRow>[] = []
  const forgotten = new Set(shown.keys())
  for (const peer of peersByName(observer).flatMap(([, peers]) => peers)) {
    forgotten.delete(peer)
    const revision = observer.world.speaker.revision(peer)
    const node = observer.checker.nodeOf(peer)
    const before = shown.get(peer)
    if (before !== undefined && before.revision === revision && before.node === node) continue
    const { watch } = before ?? { watch: new RowsWatch('routes') }
    shown.set(peer, { watch, revision, node })
    for await (const some of rowsOfPeers(observer, [[peer]], budget)) {
      if (pace.isOver()) return
      rows.push(...watch.see(some))
      if (rows.length < ROUTES_A_TURN) continue
      yield rows
      rows = []
    }
    yield* gone(watch)
  }
  for (const peer of forgotten) {
    const { watch } = shown.get(peer)!
    shown.delete(peer)
    yield* gone(watch)
  }
  if (rows.length > 0) yield rows

  async function* gone(watch: RowsWatch<'routes'>): AsyncGenerator<readonly ChangedRow<RouteRow>[]> {
    for (const row of watch.end()) {
      rows.push(row)
      if (!budget.spend() && rows.length < ROUTES_A_TURN) continue
      yield rows
      rows = []
      await budget.renew()
    }
  }
}
