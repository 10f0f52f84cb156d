// What a window shows of one node's agent that went and came back. Pure.
import type { Observer } from '../core/check/observer.ts'
import { gracefulRestart } from '../core/session/negotiate.ts'
import type { Micros, PeerView } from '../core/speaker/contract.ts'
import type {
  EndOfRibSeen,
  Flap,
  NotificationSeen,
  StaleInterval,
  WindowAnswers,
} from '../core/window/contract.ts'
import { routeRows } from '../harness/views.ts'

/** One end of a session and what came after it. Spans are counted from the end. */
export interface Restart {
  readonly node: string
  readonly closed: Flap
  /** NOTIFICATION that the node said farewell with. */
  readonly farewell: NotificationSeen | undefined
  /** Until the session was Established again. */
  readonly back: Micros | undefined
  readonly firstRoute: Micros | undefined
  /** Until the last End-of-RIB of the new session. */
  readonly endOfRib: Micros | undefined
  readonly endOfRibs: readonly EndOfRibSeen[]
  readonly stale: readonly StaleInterval[]
}

type Asked = Omit<WindowAnswers, 'to'>

/** Every end of the node's sessions in the window. */
export function restartsOf(window: Asked, node: string): Restart[] {
  const flaps = window.flaps({ node })
  return flaps.map((closed, at) => {
    const until = flaps[at + 1]?.seq ?? Infinity
    const back = closed.back
    const later = <T extends { readonly seq: number }>(rows: readonly T[]): T[] =>
      rows.filter((row) => back !== undefined && row.seq >= back.seq && row.seq < until)
    const span = (row: { readonly at: Micros } | undefined): Micros | undefined =>
      row === undefined ? undefined : row.at - closed.at
    const endOfRibs = later(window.endOfRibs({ node }))
    return {
      node,
      closed,
      farewell: window
        .notifications({ node })
        .find((seen) => seen.session === closed.session && seen.direction === 'in'),
      back: span(back),
      firstRoute: span(later(window.announcements({ node }))[0]),
      endOfRib: span(endOfRibs.at(-1)),
      endOfRibs,
      stale: window.staleIntervals({ node }).filter(({ from }) => from.seq >= closed.seq && from.seq < until),
    }
  })
}

/** The capability 64 of the OPEN of a node's present session, in short: "R=1 N=1 F=1 120 s". Undefined without one. */
export function openOf(observer: Observer, node: string): OpenSeen | undefined {
  const peer = peerOf(observer, node)
  const capability = gracefulRestart(peer?.established?.received)
  if (capability === undefined) return undefined
  return {
    restarting: capability.restarting,
    notification: capability.notification,
    forwarding: capability.families.length > 0 && capability.families.every(({ forwarding }) => forwarding),
    time: capability.time * 1e6,
  }
}

export interface OpenSeen {
  readonly restarting: boolean
  readonly notification: boolean
  /** F of every family. */
  readonly forwarding: boolean
  readonly time: Micros
}

export const bits = (open: Omit<OpenSeen, 'time'> | undefined): string =>
  open === undefined
    ? 'no graceful restart'
    : `R=${Number(open.restarting)} N=${Number(open.notification)} F=${Number(open.forwarding)}`

/** The peer that the node is; the one with a session where there are several. */
export function peerOf(observer: Observer, node: string): PeerView | undefined {
  const peers = [...observer.world.speaker.peers()].filter(({ key }) => observer.checker.nodeOf(key) === node)
  return peers.find(({ established }) => established !== undefined) ?? peers[0]
}

/** Routes of all nodes with all that counts, one line each: "node01 10.5.112.0/24 via 127.0.3.14 path 64512 64512:100". */
export const routeLines = (observer: Observer): string[] =>
  routeRows(observer).map(({ node, prefix, nextHop, asPath, communities }) =>
    `${node ?? '(unknown)'} ${prefix} via ${nextHop} path ${asPath} ${communities}`.trimEnd(),
  )

/** Lines that only one side has, each with − or +. */
export function difference(before: readonly string[], after: readonly string[]): string[] {
  const [was, is] = [new Set(before), new Set(after)]
  return [
    ...before.filter((line) => !is.has(line)).map((line) => `− ${line}`),
    ...after.filter((line) => !was.has(line)).map((line) => `+ ${line}`),
  ]
}

/**
 * The greatest number of nodes that were away at once: from the end of a session to its return, and on until none of the
 * node's routes is stale.
 */
export function mostAtOnce(window: Asked, end: Micros): number {
  const changes = [
    ...window.flaps().map(({ node, at, back }) => ({ node, from: at, to: back?.at ?? end })),
    ...window.staleIntervals().map(({ node, from, to }) => ({ node, from: from.at, to: to?.at ?? end })),
  ]
    .filter(({ from, to }) => to > from)
    .flatMap(({ node, from, to }) => [
      { node, at: from, by: 1 },
      { node, at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by)
  const away = new Map<string, number>()
  let most = 0
  for (const { node, by } of changes) {
    const reasons = (away.get(node) ?? 0) + by
    if (reasons === 0) away.delete(node)
    else away.set(node, reasons)
    most = Math.max(most, away.size)
  }
  return most
}

/** "NOTIFICATION 6/3", "FIN alone". */
export function farewellText(restart: Restart | undefined): string {
  if (restart === undefined) return 'its session did not end'
  const { farewell, closed } = restart
  if (farewell !== undefined) return `NOTIFICATION ${farewell.code}/${farewell.subcode}`
  return { fin: 'FIN alone', rst: 'RST alone' }[closed.cause.kind as string] ?? closed.cause.kind
}
