// Rows of routes read in turns: to make and sort those of a large table at once takes seconds, in which no KEEPALIVE is
// sent and peers give their sessions up.
import type { Observer } from '../core/check/observer.ts'
import type { Route } from '../core/speaker/contract.ts'
import { Budget, ROUTES_A_TURN } from './next-turn.ts'
import { byText, compareRoutes, routeRow, type RouteRow } from './views.ts'

interface Held {
  readonly route: Route
  readonly node: string | undefined
  readonly peer: string
}

/** Sorted routes of which those before `next` have been given. Of routes that sort alike that of the first run comes first. */
interface Run {
  readonly held: readonly Held[]
  place: number
  next: number
}

/**
 * The rows of `routeRows`, in the same order, several at a time. Up to a thousand routes are those of one instant; of more each
 * is as it was when its turn came: what is there all the time is given once, what comes and goes meanwhile may be.
 * @param pause lets others have their turn
 */
export async function* routesInTurns(
  observer: Observer,
  pause: () => Promise<void>,
): AsyncGenerator<readonly RouteRow[], void, undefined> {
  const groups = peersByName(observer).map(([, peers]) => peers)
  yield* rowsOfPeers(observer, groups, new Budget(pause))
}

/** Peers by the name of their node, or their own where they have none, in the order in which rows are shown. */
export function peersByName({
  checker,
  world,
}: Observer): (readonly [name: string, peers: readonly string[]])[] {
  const peers = new Map<string, string[]>()
  for (const key of world.speaker.peerKeys()) {
    const name = checker.nodeOf(key) ?? key
    const known = peers.get(name)
    if (known === undefined) peers.set(name, [key])
    else known.push(key)
  }
  return [...peers].sort(([a], [b]) => byText(a, b))
}

/** The rows of groups of peers, each of one name, one group after the other; at most a thousand at a time. */
export async function* rowsOfPeers(
  observer: Observer,
  groups: readonly (readonly string[])[],
  budget: Budget,
): AsyncGenerator<readonly RouteRow[], void, undefined> {
  let rows: RouteRow[] = []
  for (const peers of groups) {
    for (const { route, node, peer } of await sorted(observer, peers, budget)) {
      rows.push(routeRow(route, node, peer))
      // Both count: turns may have ended while routes were read.
      if (!budget.spend() && rows.length < ROUTES_A_TURN) continue
      yield rows
      rows = []
      await budget.renew()
    }
  }
  if (rows.length > 0) yield rows
}

async function sorted(observer: Observer, peers: readonly string[], budget: Budget): Promise<Iterable<Held>> {
  const runs: Run[] = []
  for (const peer of peers) runs.push(...(await runsOf(observer, peer, budget)))
  for (const [place, run] of runs.entries()) run.place = place
  return merged(runs)
}

/** The routes of a peer in sorted runs; read again where the place was lost meanwhile. */
async function runsOf(observer: Observer, peer: string, budget: Budget): Promise<Run[]> {
  const { speaker } = observer.world
  for (;;) {
    const misses = speaker.misses(peer)
    const node = observer.checker.nodeOf(peer)
    const runs: Run[] = []
    let held: Held[] = []
    const end = (): void => {
      if (held.length > 0) runs.push({ held: held.sort(compare), place: 0, next: 0 })
      held = []
    }
    for (const route of speaker.routes(peer)) {
      if (speaker.misses(peer) !== misses) break
      held.push({ route, node, peer })
      if (!budget.spend()) continue
      end()
      await budget.renew()
    }
    end()
    if (speaker.misses(peer) === misses) return runs
  }
}

const compare = (a: Held, b: Held): number => compareRoutes(a.route, b.route)

const compareHeads = (a: Run, b: Run): number =>
  compare(a.held[a.next]!, b.held[b.next]!) || a.place - b.place

/** Merges sorted runs: a heap of their heads, the least on top. */
function* merged(runs: readonly Run[]): Generator<Held, void, undefined> {
  const heap = [...runs].sort(compareHeads)
  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    yield top.held[top.next++]!
    if (top.next === top.held.length) {
      const last = heap.pop()!
      if (heap.length === 0) return
      if (last !== top) heap[0] = last
    }
    sink(heap)
  }
}

function sink(heap: Run[]): void {
  for (let at = 0; ;) {
    let least = at
    for (const child of [2 * at + 1, 2 * at + 2])
      if (child < heap.length && compareHeads(heap[child]!, heap[least]!) < 0) least = child
    if (least === at) return
    const moved = heap[at]!
    heap[at] = heap[least]!
    heap[least] = moved
    at = least
  }
}
