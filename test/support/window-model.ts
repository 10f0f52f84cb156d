// Windows the simple way: all news are gone through for each question. What the ledger is compared with.
import { comparePrefixes } from '../../src/core/ip/arithmetic.ts'
import { formatPrefix, parsePrefix } from '../../src/core/ip/text.ts'
import type { News } from '../../src/core/speaker/contract.ts'
import type { Instant } from '../../src/core/window/contract.ts'
import { familyName } from '../../src/core/wire/families.ts'
import type { Kept } from './window-stream.ts'

type Told = News & Instant

const whose = (peer: string): { node: string; peer: string } => ({ node: peer.split(' ')[2]!, peer })

/** Which peer announces which prefix after each event. */
interface Step {
  readonly instant: Instant
  readonly news: readonly News[]
  readonly before: ReadonlyMap<string, ReadonlySet<string>>
  readonly after: ReadonlyMap<string, ReadonlySet<string>>
}

/** "peer|family|prefix" of a route in the news. */
function routeIn(news: News): { key: string; there: boolean } | undefined {
  if (news.news !== 'route-announced' && news.news !== 'route-withdrawn') return undefined
  const key = `${familyName(news.family)}|${formatPrefix(news.prefix)}`
  return { key, there: news.news === 'route-announced' }
}

function stepsOf(kept: readonly Kept[]): Step[] {
  const state = new Map<string, Set<string>>()
  const copy = (): Map<string, Set<string>> => new Map([...state].map(([key, set]) => [key, new Set(set)]))
  return kept.map(({ event: { seq, at }, news }) => {
    const before = copy()
    for (const one of news) {
      const route = routeIn(one)
      if (route === undefined || !('peer' in one) || one.peer === undefined) continue
      const holders = state.get(route.key) ?? new Set<string>()
      if (route.there) holders.add(one.peer)
      else holders.delete(one.peer)
      state.set(route.key, holders)
    }
    return { instant: { seq, at }, news, before, after: copy() }
  })
}

export function modelOf(kept: readonly Kept[], from: Instant, to: Instant): Record<string, unknown> {
  const all = stepsOf(kept)
  const steps = all.filter(({ instant }) => instant.seq > from.seq && instant.seq <= to.seq)
  const begin =
    all.findLast(({ instant }) => instant.seq <= from.seq)?.after ?? new Map<string, Set<string>>()
  const told: Told[] = steps.flatMap(({ instant, news }) => news.map((one) => ({ ...one, ...instant })))
  const of = <Kind extends News['news']>(kind: Kind): (Extract<News, { news: Kind }> & Instant)[] =>
    told.filter((one): one is Extract<News, { news: Kind }> & Instant => one.news === kind)
  const announced = of('route-announced')
  const withdrawn = of('route-withdrawn').filter(({ existed }) => existed)
  const changes = [
    ...announced.filter(({ change, refreshed }) => change !== 'same' || refreshed),
    ...withdrawn,
    ...of('session-established'),
    ...of('session-closed').filter(({ wasEstablished }) => wasEstablished),
  ].map(({ at }) => at)
  return {
    announcements: announced.map(({ seq, at, session, peer, family, prefix, change, refreshed }) => ({
      ...{ seq, at, ...whose(peer), session, change, refreshed },
      ...{ family: familyName(family), prefix: formatPrefix(prefix), pathId: undefined },
    })),
    withdrawals: withdrawn.map(({ seq, at, peer, family, prefix, cause }) => ({
      ...{ seq, at, ...whose(peer), cause },
      ...{ family: familyName(family), prefix: formatPrefix(prefix), pathId: undefined },
    })),
    counts: { announcements: announced.length, withdrawals: withdrawn.length },
    flaps: of('session-closed')
      .filter(({ wasEstablished }) => wasEstablished)
      .map(({ seq, at, session, peer, cause }) => {
        const back = of('session-established').find(
          (one) => one.seq >= seq && one.peer === peer && one.session !== session,
        )
        return { seq, at, session, ...whose(peer!), cause, back: back && { seq: back.seq, at: back.at } }
      }),
    established: of('session-established').map(({ seq, at, session, peer }) => ({
      ...{ seq, at, session },
      ...whose(peer),
    })),
    notifications: of('notification').map(({ seq, at, session, peer, direction, code, subcode, text }) => ({
      ...{ seq, at, session, direction, code, subcode, text },
      ...(peer === undefined ? { node: undefined, peer } : whose(peer)),
    })),
    endOfRibs: of('end-of-rib').map(({ seq, at, session, peer, family }) => ({
      ...{ seq, at, session, family: familyName(family) },
      ...whose(peer),
    })),
    absences: absencesIn(steps, to),
    duplicates: duplicatesIn(begin, steps, from, to),
    held: [...begin]
      .flatMap(([key, peers]) => {
        const [family = '', prefix = ''] = key.split('|')
        return [...peers].map((peer) => ({ ...whose(peer), family, prefix, pathId: undefined }))
      })
      .sort(
        (a, b) =>
          (a.node < b.node ? -1 : a.node > b.node ? 1 : 0) ||
          comparePrefixes(parsePrefix(a.prefix), parsePrefix(b.prefix)),
      ),
    convergence: changes.length === 0 ? undefined : Math.max(...changes) - from.at,
  }
}

/** Each withdrawal, to the next event after which the peer has the prefix. */
function absencesIn(steps: readonly Step[], to: Instant): unknown[] {
  return steps.flatMap((step, index) =>
    step.news.flatMap((one) => {
      const route = routeIn(one)
      if (one.news !== 'route-withdrawn' || !one.existed || route === undefined) return []
      const has = ({ after }: Step): boolean => after.get(route.key)?.has(one.peer) === true
      if (has(step)) return []
      const end = steps
        .slice(index + 1)
        .find((later) => later.news.some((news) => isBack(news, route.key, one.peer)))
      const [family, prefix] = route.key.split('|')
      const span = (end?.instant ?? to).at - step.instant.at
      return [
        { ...whose(one.peer), family, prefix, from: step.instant, to: end?.instant, span, cause: one.cause },
      ]
    }),
  )
}

const isBack = (news: News, key: string, peer: string): boolean =>
  news.news === 'route-announced' && news.peer === peer && routeIn(news)?.key === key

/** For each prefix the runs of events after which two peers or more have it. */
function duplicatesIn(begin: Step['before'], steps: readonly Step[], from: Instant, to: Instant): unknown[] {
  const keys = new Set([...begin.keys(), ...steps.flatMap(({ after }) => [...after.keys()])])
  const found: { from: Instant; family: string; prefix: string }[] = []
  for (const key of keys) {
    const [family = '', prefix = ''] = key.split('|')
    const instants = [{ instant: from, after: begin }, ...steps]
    let run: { nodes: string[]; from: Instant; began: string } | undefined
    const ends = (end: Instant | undefined): void => {
      if (run !== undefined)
        found.push({ family, prefix, ...run, ...{ to: end, span: (end ?? to).at - run.from.at } })
      run = undefined
    }
    for (const [index, { instant, after }] of instants.entries()) {
      const holders = [...(after.get(key) ?? [])].map((peer) => whose(peer).node)
      if (holders.length < 2) {
        ends(instant)
        continue
      }
      run ??= { nodes: [], from: instant, began: index === 0 ? 'before' : 'within' }
      run.nodes = [...new Set([...run.nodes, ...(index === 0 ? holders.sort() : holders)])]
    }
    ends(undefined)
  }
  const text = (one: { family: string; prefix: string }): string => `${one.family} ${one.prefix}`
  return found.sort((a, b) => a.from.seq - b.from.seq || (text(a) < text(b) ? -1 : 1))
}
