// Conditions to wait for. States look at now; events look from an instant on, history included, so that nothing is missed
// between doing and waiting.
import { whyNobodyHasRoute, whyNodeLacksRoute } from '../core/check/missing-route.ts'
import type { Observer } from '../core/check/observer.ts'
import { checkKeys } from '../core/errors/complaint.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import { formatPrefix } from '../core/ip/text.ts'
import { requirePrefix } from '../core/ip/written-prefix.ts'
import type { Micros, News, PeerView, SessionView } from '../core/speaker/contract.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { familyKey, familyName } from '../core/wire/families.ts'
import {
  checkSince,
  conditionSchema,
  instantOf,
  seqOf,
  type ConditionSpec,
  type Instants,
  type Known,
  type Since,
} from './condition-spec.ts'
import { formatSpan, parseDuration } from './duration.ts'
import type { History } from './history.ts'
import {
  ANYBODY,
  missingRoutes,
  missingSessions,
  nameOf,
  oneLineEach,
  strangeName,
  type Waiting,
} from './waiting.ts'

export type { Waiting }

/** What a condition may look at. */
export interface WaitView {
  readonly observer: Observer
  readonly history: History
  readonly now: Micros
}

/** Something to wait for. It holds when nobody is waited for any more. */
export interface Condition {
  readonly name: string
  readonly progress: (view: WaitView) => readonly Waiting[]
  /** The same when the time is over: with reasons that cost too much to look for after every event. */
  readonly explain?: (view: WaitView) => readonly Waiting[]
  /** What holds, in words, where that says more than the name. */
  readonly held?: (view: WaitView) => string
  /** When time alone may make it hold, microseconds since 1970. */
  readonly due?: (view: WaitView) => Micros | undefined
  /** The same for a router in another process; undefined when it cannot travel. */
  readonly spec?: ConditionSpec
  /** Of `until.event`, whose predicate cannot travel: what to count, where the predicate is. */
  readonly counts?: Counting
  /** Once it holds it holds for ever: of a trace its end is enough to look at. */
  readonly lasting?: boolean
  /** Where it names a mark: the same from that mark on. Throws RW_NOT_FOUND when there is none of that name. */
  readonly resolve?: (instants: Instants) => Condition
}

/** Happenings that are counted. */
export interface Counting {
  readonly accepts: (happening: Happening) => boolean
  readonly count: number
  /** A number, or the name of a mark. Undefined: the moment of the first look. */
  readonly since: number | string | undefined
}

/** A line of a wait that is told as it goes. */
export type WaitLine =
  | { readonly condition: string; readonly waiting: readonly Waiting[] }
  | { readonly condition: string; readonly done: true; readonly elapsed: Micros }

/** How long nothing may change before a cluster counts as converged without an End-of-RIB. */
const QUIET: Micros = 3_000_000

function sessions(which: 'all' | number | readonly string[] = 'all'): Condition {
  const isList = Array.isArray(which) && which.length > 0 && which.every((name) => typeof name === 'string')
  // None at all would be there at once.
  if (which !== 'all' && !isList && !(Number.isInteger(which) && (which as number) > 0))
    throw new UserError(
      'RW_USAGE',
      `until.sessions: ${JSON.stringify(which)} is neither 'all', a number from 1 on nor a list of nodes`,
      { remedy: "Write until.sessions('all'), until.sessions(3) or until.sessions(['node01'])." },
    )
  const name =
    which === 'all'
      ? 'all sessions Established'
      : typeof which === 'number'
        ? `${which} sessions Established`
        : `sessions of ${which.join(', ')} Established`
  return {
    name,
    spec: { kind: 'sessions', which: typeof which === 'object' ? [...which] : which },
    ...(which === 'all' ? { held: ({ observer }) => allOf(established(observer).length) } : {}),
    progress: ({ observer }) => {
      if (typeof which !== 'number') return missingSessions(observer, which)
      const up = established(observer).length
      return up >= which
        ? []
        : [
            { node: ANYBODY, why: `${up} of ${which} sessions are Established` },
            ...missingSessions(observer, 'all'),
          ]
    },
  }
}

const allOf = (count: number): string =>
  count === 1 ? 'the only session Established' : `all ${count} sessions Established`

const established = (observer: Observer): PeerView[] =>
  [...observer.world.speaker.peers()].filter((peer) => peer.established !== undefined)

function routes(): Condition {
  return {
    name: 'expected routes announced',
    spec: { kind: 'routes' },
    progress: ({ observer }) => missingRoutes(observer),
  }
}

/** A route that some node, or the node that `from` names, announces. */
const route = (prefix: string): Condition & { from(node: string): Condition } =>
  routeOf(requirePrefix(prefix, 'until.route'))

function routeOf(wanted: Prefix): Condition & { from(node: string): Condition } {
  const make = (node?: string): Condition => ({
    spec: { kind: 'route', prefix: formatPrefix(wanted), ...(node === undefined ? {} : { from: node }) },
    name: `${formatPrefix(wanted)} announced${node === undefined ? '' : ` by ${node}`}`,
    progress: ({ observer }) => {
      for (const { peer } of observer.world.speaker.lookup(wanted))
        if (node === undefined || nameOf(observer, peer) === node) return []
      return [{ node: node ?? ANYBODY, why: `${formatPrefix(wanted)} is not announced` }]
    },
    explain: ({ observer }) => {
      if (node === undefined) {
        const { node: owner, why } = whyNobodyHasRoute(observer, wanted)
        return [{ node: owner ?? ANYBODY, why }]
      }
      return [{ node, why: strangeName(observer, node) ?? whyNodeLacksRoute(observer, wanted, node) }]
    },
  })
  return { ...make(), from: make }
}

const travelling = (since: Since | undefined): { since?: string } =>
  since === undefined ? {} : { since: typeof since === 'string' ? since : String(seqOf(since)) }

const sinceText = (since: Known | undefined): string =>
  since === undefined || since === 0
    ? ''
    : ` since ${typeof since === 'number' ? `event ${since}` : 'the mark'}`

/** A condition that counts from `since`; of a mark's name only the router that waits knows which event that is. */
function counting(
  where: string,
  since: Since | undefined,
  make: (since: Known | undefined) => Condition,
): Condition {
  checkSince(since, where)
  if (typeof since !== 'string') return make(since)
  const { name, spec, counts, lasting } = make(undefined)
  const unknown = (): never => {
    throw new UserError('RW_USAGE', `${where}: which event the mark "${since}" is, only the router knows`, {
      remedy: 'Wait with `router.wait` for this condition itself, or give what `router.mark` gave.',
    })
  }
  return {
    name,
    ...(spec === undefined ? {} : { spec: { ...spec, ...travelling(since) } }),
    ...(counts === undefined ? {} : { counts: { ...counts, since } }),
    ...(lasting === undefined ? {} : { lasting }),
    progress: unknown,
    resolve: (instants) => make(instantOf(since, instants)),
  }
}

/** Cilium sends End-of-RIB with graceful restart only. */
function withoutRestart({ sent, received }: SessionView): string {
  const has = (open: SessionView['sent']): boolean =>
    open?.capabilities.some(({ code }) => code === 64) ?? false
  if (has(received) && has(sent)) return ''
  const who = has(received) ? 'we do' : 'the peer does'
  return ` (${who} not offer graceful restart: then many speakers send none)`
}

/** End-of-RIB of every family of every session, received after `since`. */
function endOfRib(options: { since?: Since } = {}): Condition {
  checkKeys(options, ['since'], 'until.endOfRib')
  return counting('until.endOfRib', options.since, endOfRibSince)
}

function endOfRibSince(instant: Known | undefined): Condition {
  const since = seqOf(instant)
  return {
    name: 'End-of-RIB received',
    spec: { kind: 'end-of-rib', ...travelling(instant) },
    progress: ({ observer, history }) => {
      const peers = established(observer)
      if (peers.length === 0) return [{ node: ANYBODY, why: 'no session is Established' }]
      return peers.flatMap((peer) => {
        const session = peer.established!
        const missing = session.families.filter((family) => {
          const key = familyKey(family)
          return since === 0
            ? !session.endOfRib.includes(key)
            : history.lastEndOfRib(session.session, key) <= since
        })
        if (missing.length === 0) return []
        return [
          {
            node: observer.checker.nodeOf(peer.key) ?? peer.identifier,
            why: `no End-of-RIB for ${missing.map(familyName).join(', ')}${sinceText(instant)}${withoutRestart(session)}`,
          },
        ]
      })
    },
  }
}

/** No route changed and no session went up or down for `span`, counted from `since` on. */
function quiet(span: string | number, options: { since?: Since } = {}): Condition {
  checkKeys(options, ['since'], 'until.quiet')
  const length = parseDuration(span, 'quiet')
  return counting('until.quiet', options.since, (since) => quietSince(length, since))
}

/** @param length microseconds */
function quietSince(length: Micros, instant: Known | undefined): Condition {
  const since = seqOf(instant)
  const end = ({ history }: WaitView): Micros => Math.max(history.lastChange, history.timeOf(since)) + length
  return {
    name: `quiet for ${formatSpan(length)}`,
    spec: { kind: 'quiet', span: `${length / 1e3}ms`, ...travelling(instant) },
    progress: (view) =>
      view.now >= end(view)
        ? []
        : [{ node: ANYBODY, why: quietFor(view.now - (end(view) - length), length) }],
    due: end,
  }
}

/** "quiet for 1 of 3 s": whole seconds, so that a progress line changes at most once in each. */
const quietFor = (elapsed: Micros, length: Micros): string =>
  `quiet for ${Math.max(0, Math.floor(elapsed / 1e6))} of ${length / 1e6} s`

/**
 * All expected sessions up, the expected routes held, then End-of-RIB or quiet. With `since` it holds only once something
 * came of what was done there: a session or a route changed, or an End-of-RIB came, after that instant. An End-of-RIB then
 * counts when it came after its session's last change (Cilium 1.18 and 1.19 repeat it before the change).
 */
function converged(options: { since?: Since } = {}): Condition {
  checkKeys(options, ['since'], 'until.converged')
  return counting('until.converged', options.since, convergedSince)
}

function convergedSince(instant: Known | undefined): Condition {
  const up = sessions('all')
  const held = routes()
  const still = quietSince(QUIET, instant)
  const since = seqOf(instant)
  const ended = endOfRibSince(instant)
  const told = (view: WaitView): boolean =>
    ended.progress(view).length === 0 && (since === 0 || toldLast(view))
  return {
    name: 'converged',
    spec: { kind: 'converged', ...travelling(instant) },
    progress: (view) => {
      const states = [...up.progress(view), ...held.progress(view)]
      if (states.length > 0) return oneLineEach(states)
      if (since > 0 && view.history.lastSign <= since)
        return [{ node: ANYBODY, why: `nothing has happened${sinceText(instant)}` }]
      return told(view) ? [] : still.progress(view)
    },
    due: (view) => still.due?.(view),
  }
}

/** True when no session changed after its last End-of-RIB. */
const toldLast = ({ observer, history }: WaitView): boolean =>
  established(observer).every(({ established: session }) =>
    session!.families.every(
      (family) =>
        history.lastEndOfRib(session!.session, familyKey(family)) > history.lastChangeOf(session!.session),
    ),
  )

/** What `until.event` shows to its predicate: one thing that happened, and the event that it followed from. */
export interface Happening {
  readonly event: StreamEvent
  readonly news: News | undefined
}

/**
 * `count` happenings (one unless told) that the predicate accepts, after `since`, history included. `since` 0 is the
 * start of the router; left out, it is the moment of this call's first look.
 */
function event(
  name: string,
  accepts: (happening: Happening) => boolean,
  options: { since?: Since; count?: number } = {},
): Condition {
  checkKeys(options, ['since', 'count'], 'until.event')
  return counting('until.event', options.since, (since) => eventSince(name, accepts, since, options.count))
}

function eventSince(
  name: string,
  accepts: (happening: Happening) => boolean,
  instant: Known | undefined,
  count = 1,
): Condition {
  const since = instant === undefined ? undefined : seqOf(instant)
  let from = since
  return {
    name,
    counts: { accepts, count, since },
    lasting: true,
    progress: ({ history, observer }) => {
      from ??= observer.world.lastEvent.seq
      const seen = history.count(from, accepts, count)
      return seen >= count
        ? []
        : [
            {
              node: ANYBODY,
              why: count === 1 ? 'it has not happened' : `it happened ${seen} of ${count} times`,
            },
          ]
    },
  }
}

/** Conditions for `wait`. */
export const until = { sessions, routes, route, endOfRib, quiet, converged, event } as const

/** The condition that a request asks for. Throws RW_USAGE, or RW_NOT_FOUND for an instant that does not exist. */
export function conditionOf(request: unknown, instants: Instants): Condition {
  const parsed = conditionSchema.safeParse(request)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw new UserError(
      'RW_USAGE',
      `the condition of the request: ${[...issue.path, issue.message].join(': ')}`,
    )
  }
  const from = (text: string | undefined): { since?: Since } =>
    text === undefined ? {} : { since: instantOf(text, instants) }
  const spec = parsed.data
  switch (spec.kind) {
    case 'sessions':
      return sessions(spec.which)
    case 'routes':
      return routes()
    case 'route': {
      const any = routeOf(requirePrefix(spec.prefix, 'the condition of the request: prefix'))
      return spec.from === undefined ? any : any.from(spec.from)
    }
    case 'end-of-rib':
      return endOfRib(from(spec.since))
    case 'quiet':
      return quiet(spec.span, from(spec.since))
    case 'converged':
      return converged(from(spec.since))
  }
}
