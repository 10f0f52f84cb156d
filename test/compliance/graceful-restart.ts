// G1 to G13: how a feeder's session drops and returns, and what a graceful-restart helper then owes it.
import { attempt, connect, type FeederIdentity, type FeederOpen, type FeederSession } from './feeder.ts'
import type { TableWatch } from './table-watch.ts'
import type { Target } from './target.ts'

/** K: routes kept. F: flushed. X: the scenario could not be played. */
export type Verdict = 'K' | 'F' | 'X'

export interface Outcome {
  readonly verdict: Verdict
  /** What the verdict does not say, in words. */
  readonly note?: string
}

export interface Scenario {
  readonly id: `G${number}`
  readonly text: string
  readonly rfc: { readonly verdict: Verdict; readonly clause: string }
  readonly play: (stage: Stage) => Promise<Outcome>
}

/** What a scenario plays with: a feeder of its own, two prefixes of its own, and a look at the helper's table. */
export interface Stage {
  readonly feeder: FeederIdentity
  readonly target: Target
  readonly table: TableWatch
  readonly a: string
  readonly b: string
  /** Sessions that were brought up; they end with the scenario. */
  readonly sessions: FeederSession[]
}

/** Restart time that the feeder asks for unless the scenario is about it, seconds. */
const RESTART = 20
/** A route that is to be kept must be there for this long, one that is to be flushed at once gone within it. Seconds. */
const WINDOW = 4
/** The shortest hold time (RFC 4271 §4.2), seconds. */
const HOLD = 3

const time = RESTART
const first = { restart: { time } }
const firstN = { restart: { time, notification: true } }
const back = { restart: { time, restarting: true } }

/** Dials until the session is up. */
async function comesUp({ feeder, target, sessions }: Stage, fields: FeederOpen): Promise<FeederSession> {
  const session = await connect(feeder, target.address, fields)
  sessions.push(session)
  return session
}

/** Brings a session up that has announced `a` and `b` and End-of-RIB, all of it in the helper's table. */
async function fed(stage: Stage, fields: FeederOpen = first): Promise<FeederSession> {
  const { table, a, b } = stage
  const session = await comesUp(stage, fields)
  await session.announces(a, b)
  await session.endsRib()
  if ((await table.until('there', [a, b], 10)) === undefined) throw new Error('the routes never came')
  return session
}

/** What becomes of the prefixes from now on; `within` seconds. */
async function fate({ table }: Stage, prefixes: readonly string[], within = WINDOW): Promise<Outcome> {
  const gone = await table.until('gone', prefixes, within)
  return gone === undefined ? { verdict: 'K' } : { verdict: 'F', note: `${gone.toFixed(1)} s` }
}

/** The fate of both prefixes when the session is lost and returns like this; judged from the return on. */
async function fateOnReturn(stage: Stage, fields: FeederOpen): Promise<Outcome> {
  const session = await fed(stage)
  session.resets()
  const kept = await fate(stage, [stage.a, stage.b], 1)
  if (kept.verdict !== 'K') return { verdict: 'X', note: 'flushed before the return' }
  await comesUp(stage, fields)
  return fate(stage, [stage.a, stage.b])
}

async function notified(stage: Stage, subcode: number, fields: FeederOpen): Promise<Outcome> {
  const session = await fed(stage, fields)
  await session.notifies(6, subcode)
  return fate(stage, [stage.a, stage.b])
}

async function silent(stage: Stage, fields: FeederOpen): Promise<Outcome> {
  const session = await fed(stage, { ...fields, holdTime: HOLD })
  await session.lives()
  await session.raw.end()
  const outcome = await fate(stage, [stage.a, stage.b])
  const told = session.notification()
  const note = [outcome.note, told === '4/0' ? undefined : `told ${told ?? 'nothing'}`].filter(Boolean)
  return { verdict: outcome.verdict, ...(note.length > 0 && { note: note.join(', ') }) }
}

async function unbroken(stage: Stage): Promise<Outcome> {
  const { a, b, target } = stage
  const session = await fed(stage)
  session.resets()
  const away = await fate(stage, [a, b], 1)
  if (away.verdict !== 'K') return away
  const next = await comesUp(stage, back)
  await next.announces(a, b)
  await next.endsRib()
  const outcome = await fate(stage, [a, b])
  const told = target.changes().filter((change) => [a, b].includes(change.slice(1)))
  return told.toSorted().join() === `+${a},+${b}`
    ? outcome
    : { ...outcome, note: `others were told ${told.join(' ')}` }
}

async function partlyRefreshed(stage: Stage): Promise<Outcome> {
  const { a, b } = stage
  const session = await fed(stage)
  session.resets()
  const next = await comesUp(stage, back)
  await next.announces(a)
  await next.endsRib()
  const outcome = await fate(stage, [b])
  return (await stage.table.look()).has(a) ? outcome : { verdict: 'X', note: 'the refreshed route went too' }
}

async function neverBack(stage: Stage): Promise<Outcome> {
  const session = await fed(stage, { restart: { time: 4 } })
  session.resets()
  return fate(stage, [stage.a, stage.b], 9)
}

async function secondDrop(stage: Stage): Promise<Outcome> {
  const { a, b } = stage
  const session = await fed(stage)
  session.resets()
  const next = await comesUp(stage, back)
  await next.announces(a)
  // The route is there all the while: give the helper time to see that it is fresh.
  if ((await fate(stage, [a, b], 1)).verdict !== 'K') return { verdict: 'X', note: 'flushed before the drop' }
  next.resets()
  const outcome = await fate(stage, [b])
  return (await stage.table.look()).has(a) ? outcome : { verdict: 'X', note: 'the refreshed route went too' }
}

async function takenOver(stage: Stage): Promise<Outcome> {
  const { a, b, feeder, target, sessions } = stage
  const old = await fed(stage)
  const { session: taken } = await attempt(feeder, target.address, back)
  if (taken !== undefined) sessions.push(taken)
  const outcome = await fate(stage, [a, b])
  const told = old.notification()
  const words = [
    old.raw.ended === undefined ? 'old alive' : 'old closed',
    told === undefined ? undefined : `with NOTIFICATION ${told}`,
    taken === undefined ? 'new refused' : undefined,
  ].filter((word) => word !== undefined)
  if (words.join() === 'old closed') return outcome
  return { verdict: 'X', note: `${words.join(', ')}, ${outcome.verdict}` }
}

/** The table of scenarios. Restart time 20 s unless said; F=1. */
export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'G1',
    text: 'TCP reset; return, re-announce, End-of-RIB: never out of the table',
    rfc: { verdict: 'K', clause: 'RFC 4724 §4.2' },
    play: unbroken,
  },
  {
    id: 'G2',
    text: 'return R=1 F=1, refresh only a, End-of-RIB: b',
    rfc: { verdict: 'F', clause: 'RFC 4724 §4.2' },
    play: partlyRefreshed,
  },
  {
    id: 'G3',
    text: 'return R=1 F=0: at once',
    rfc: { verdict: 'F', clause: 'RFC 4724 §4.2' },
    play: (stage) => fateOnReturn(stage, { restart: { time, restarting: true, forwarding: false } }),
  },
  {
    id: 'G4',
    text: 'return R=0 F=1, no End-of-RIB yet',
    rfc: { verdict: 'K', clause: 'RFC 4724 §4.2' },
    play: (stage) => fateOnReturn(stage, { restart: { time } }),
  },
  {
    id: 'G5',
    text: 'return without the capability: at once',
    rfc: { verdict: 'F', clause: 'RFC 4724 §4.2' },
    play: (stage) => fateOnReturn(stage, {}),
  },
  {
    id: 'G6',
    text: 'restart time 4 s passes',
    rfc: { verdict: 'F', clause: 'RFC 4724 §4.2' },
    play: neverBack,
  },
  {
    id: 'G7',
    text: 'second drop before End-of-RIB, N=0: what was stale already',
    rfc: { verdict: 'F', clause: 'RFC 4724 §4.2' },
    play: secondDrop,
  },
  {
    id: 'G8',
    text: 'NOTIFICATION 6/4, N=0',
    rfc: { verdict: 'F', clause: 'RFC 4724 §5' },
    play: (stage) => notified(stage, 4, first),
  },
  {
    id: 'G9',
    text: 'NOTIFICATION 6/4, N=1',
    rfc: { verdict: 'K', clause: 'RFC 8538 §4' },
    play: (stage) => notified(stage, 4, firstN),
  },
  {
    id: 'G10',
    text: 'Hard Reset 6/9, N=1',
    rfc: { verdict: 'F', clause: 'RFC 8538 §4' },
    play: (stage) => notified(stage, 9, firstN),
  },
  {
    id: 'G11',
    text: 'hold expiry (3 s), N=0',
    rfc: { verdict: 'F', clause: 'RFC 4271 §6.5' },
    play: (stage) => silent(stage, first),
  },
  {
    id: 'G12',
    text: 'hold expiry (3 s), N=1',
    rfc: { verdict: 'K', clause: 'RFC 8538 §4' },
    play: (stage) => silent(stage, firstN),
  },
  {
    id: 'G13',
    text: 'new TCP and OPEN while the old session is Established: old closed, new taken',
    rfc: { verdict: 'K', clause: 'RFC 4724 §5' },
    play: takenOver,
  },
]
