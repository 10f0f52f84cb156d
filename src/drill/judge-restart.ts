// The bars of an agent that restarts with graceful restart: the same for one, for a rollout and for an upgrade.
import { plural } from '../core/errors/plural.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { describeCause } from '../core/session/describe.ts'
import type { WindowAnswers } from '../core/window/contract.ts'
import { atMost, holds, info, none, same, seconds, type Claim } from './bars.ts'
import type { Bar } from './contract.ts'
import type { Restart } from './facts.ts'

type Asked = Omit<WindowAnswers, 'to'>

/** The bars of one end of a session with graceful restart on. `restartTime` is what the agent's OPEN promised. */
export function gracefulBars(
  restart: Restart,
  window: Asked,
  expected: { readonly restartTime: Micros; readonly families: readonly string[] },
): Bar[] {
  const { node, closed, farewell, endOfRibs, stale } = restart
  const evidence = [closed.seq]
  const first = stale[0]
  const held = window.held({ node }).length
  const kept = stale.reduce((sum, { routes }) => sum + routes, 0)
  const removed = stale.reduce((sum, interval) => sum + interval.removed, 0)
  const ends = [...new Set(stale.map(({ why }) => why ?? 'not over'))].join(', ')
  const lost = window.withdrawals({ node })
  return [
    holds(
      { name: 'the agent goes without a NOTIFICATION', node, source: 'S03; cilium#31346', evidence },
      'FIN or RST alone',
      farewell === undefined
        ? describeCause(closed.cause)
        : `NOTIFICATION ${farewell.code}/${farewell.subcode}`,
      farewell === undefined && (closed.cause.kind === 'fin' || closed.cause.kind === 'rst'),
    ),
    holds(
      {
        name: 'its routes are kept as stale',
        node,
        source: 'RFC 4724 §4.2',
        evidence: first === undefined ? evidence : [first.from.seq],
      },
      plural(held, 'route'),
      plural(kept, 'route'),
      kept > 0 && kept === held,
    ),
    none(
      { name: 'no route is withdrawn', node, source: 'RFC 4724 §4.2; S03' },
      lost,
      ({ prefix, cause }) => `${prefix} (${cause.kind === 'stale-flush' ? cause.why : cause.kind})`,
    ),
    holds(
      {
        name: 'the stale time ends with End-of-RIB',
        node,
        source: 'RFC 4724 §4.2; S03',
        evidence: stale.flatMap(({ to }) => (to === undefined ? [] : [to.seq])),
      },
      'eor, 0 removed',
      stale.length === 0 ? 'it did not begin' : `${ends}, ${removed} removed`,
      stale.length > 0 && stale.every(({ why }) => why === 'eor') && removed === 0,
    ),
    same(
      {
        name: 'End-of-RIB of every family',
        node,
        source: 'RFC 4724 §2',
        evidence: endOfRibs.map(({ seq }) => seq),
      },
      [...expected.families].sort().join(', '),
      [...new Set(endOfRibs.map(({ family }) => family))].sort().join(', ') || 'none',
    ),
    announcedBeforeEndOfRib(restart, window),
    atMost(
      { name: 'back with all routes within the restart time', node, source: 'RFC 4724 §3', evidence },
      restart.endOfRib,
      expected.restartTime,
    ),
  ]
}

/** A route that comes after End-of-RIB of its family was taken away by a strict helper before. */
function announcedBeforeEndOfRib({ node, closed, endOfRibs }: Restart, window: Asked): Bar {
  const since = endOfRibs[0]?.session
  const late = window
    .announcements({ node })
    .filter(
      (row) =>
        row.seq > closed.seq &&
        row.session === since &&
        row.change !== 'same' &&
        endOfRibs.some((end) => end.family === row.family && end.seq < row.seq),
    )
  return none(
    { name: 'no route is announced only after End-of-RIB', node, source: 'RFC 4724 §4.1; S03' },
    late,
    ({ prefix }) => prefix,
  )
}

/** Whatever is done to the agent ends its session once, and no more. */
export const endsOnce = (claim: Claim, restarts: readonly Restart[]): Bar =>
  holds(
    { ...claim, evidence: restarts.map(({ closed }) => closed.seq) },
    '1',
    String(restarts.length),
    restarts.length === 1,
  )

/** The peer was silent for the hold time, and we gave it up. */
export const endsByHoldTimer = (name: string, node: string, restart: Restart | undefined): Bar =>
  holds(
    { name, node, source: 'RFC 4271 §6.5' },
    'hold-expired',
    restart?.closed.cause.kind ?? 'it did not end',
    restart?.closed.cause.kind === 'hold-expired',
  )

/** Nodes that nothing was done to have neither lost a session nor a route. */
export function othersUndisturbed(window: Asked, nodes: readonly string[], touched: readonly string[]): Bar {
  const others = nodes.filter((node) => !touched.includes(node))
  if (others.length === 0)
    return info({ name: 'the other nodes are not disturbed', source: 'S02' }, 'none', 'there are no others')
  const rows = [
    ...window.flaps({ node: others }).map((row) => ({
      seq: row.seq,
      text: `${row.node} session ended after ${seconds(row.at - window.from.at)}`,
    })),
    ...window.withdrawals({ node: others }).map((row) => ({
      seq: row.seq,
      text: `${row.node} ${row.prefix}`,
    })),
  ]
  return none(
    { name: `the other ${others.length} nodes are not disturbed`, source: 'S02' },
    rows,
    ({ text }) => text,
  )
}

/** The same routes with the same attributes as before. */
export function sameRoutes(before: readonly string[], differs: readonly string[], source: string): Bar {
  return holds(
    { name: 'the same routes as before, attributes too', source },
    plural(before.length, 'route'),
    differs.length === 0 ? plural(before.length, 'route') : differs.slice(0, 4).join('; '),
    differs.length === 0,
  )
}
