// Makes a claim about a value at once, and about a running router again and again until it holds or the time is over.
import { whatHappened } from '../core/errors/user-error.ts'
import type { Live, State, Window } from '../harness/contract.ts'
import { parseDuration } from '../harness/duration.ts'
import { variable } from '../harness/environment.ts'
import type { EventRow } from '../harness/event-log.ts'
import { misused, type Claim, type Outcome } from './claims/claim.ts'
import { callText, failureText, type Looked } from './failure-text.ts'
import { subject, type Stranger } from './subject.ts'

/** How a claim was made. */
export interface Manner {
  /** Its negation is claimed. */
  readonly negated: boolean
  /** Look once, whatever the time given: somebody else does the waiting. */
  readonly once?: boolean
  /** Gives up early. */
  readonly signal?: AbortSignal | undefined
}

export interface Judgement {
  /** Whether what was claimed, negated or not, may be said. */
  readonly met: boolean
  readonly says: Outcome['says']
  /** Folder of the trace that it was about. */
  readonly trace: string | undefined
  /** For a claim that is met, too: its negation would say this. */
  readonly text: () => string
}

/** The least time between two looks at a running router, and the longest without news from it. */
const LEAST_MS = 20
const MOST_MS = 1000
/** Rows of the latest events in which the story of a failed claim about a state is looked for. */
const STORY = 10_000
/** Looking may take at most this share of the time. */
const SHARE = 0.2

/** The last argument, when it is one of options. */
function optionsOf(args: readonly unknown[]): Readonly<Record<string, unknown>> {
  const last = args.at(-1)
  return typeof last === 'object' && last !== null && !Array.isArray(last)
    ? (last as Record<string, unknown>)
    : {}
}

/** An option that there is not: a filter with a typing error would make claims of absence hold. */
function strangeOption(claim: Claim, args: readonly unknown[]): Outcome | undefined {
  const known = [...claim.options, 'timeout']
  const wrong = Object.keys(optionsOf(args)).find((key) => !known.includes(key))
  return wrong === undefined
    ? undefined
    : misused(
        `${claim.called ?? claim.name} has no option "${wrong}"`,
        `Its options are ${known.join(', ')}.`,
      )
}

const met = (says: Outcome['says'], negated: boolean): boolean => says === (negated ? 'refuted' : 'holds')

/** Arguments as the claim's functions take them: the table has forgotten their types. */
type Loose = Claim<readonly unknown[]>
const loose = (claim: Claim): Loose => claim as unknown as Loose

function looked(
  claim: Claim,
  args: readonly unknown[],
  negated: boolean,
): Pick<Looked, 'name' | 'called' | 'args' | 'negated' | 'claim'> {
  const words = loose(claim).words(...args)
  return { name: claim.name, called: claim.called, args, negated, claim: words[negated ? 1 : 0] }
}

/** None where they are no longer held in memory: the trace has them. */
function held(events: () => readonly EventRow[]): readonly EventRow[] {
  try {
    return events()
  } catch {
    return []
  }
}

/** What came of one look, and what to tell of it. */
interface Look {
  readonly outcome: Outcome
  readonly trace: string | undefined
  readonly tell: () => Looked
}

function ofState(claim: Claim, state: State, args: readonly unknown[], negated: boolean): Look {
  return {
    outcome: loose(claim).state!(state, ...args),
    trace: state.trace,
    tell: () => ({
      ...looked(claim, args, negated),
      label: state.label,
      trace: state.trace,
      at: { seq: state.at.seq },
      events: held(() => state.events(0, STORY)),
    }),
  }
}

function ofWindow(claim: Claim, window: Window, args: readonly unknown[], negated: boolean): Look {
  return {
    outcome: loose(claim).window!(window, ...args),
    trace: window.trace,
    tell: () => ({
      ...looked(claim, args, negated),
      label: window.name,
      trace: window.trace,
      at: { from: window.from.seq, seq: window.to.seq },
      events: held(() => window.events()),
    }),
  }
}

function judged(look: Look, negated: boolean, waited?: Looked['waited']): Judgement {
  const { outcome, trace, tell } = look
  return {
    met: met(outcome.says, negated),
    says: outcome.says,
    trace,
    text: () => failureText({ ...tell(), ...(waited === undefined ? {} : { waited }) }, outcome),
  }
}

function refused(
  claim: Claim,
  args: readonly unknown[],
  negated: boolean,
  { what, hint }: Stranger,
): Judgement {
  const call = callText({ name: claim.name, called: claim.called, args, negated, label: '…' })
  return { met: false, says: 'undecided', trace: undefined, text: () => `${call}\n\n  ${what}\n  ${hint}` }
}

/** Makes a claim. Of a running router it gives a promise, which rejects only when the router cannot be asked. */
export function judge(
  claim: Claim,
  received: unknown,
  args: readonly unknown[],
  manner: Manner,
): Judgement | Promise<Judgement> {
  const { negated } = manner
  const found = subject(received, claim)
  if (found.kind === 'wrong') return refused(claim, args, negated, found)
  const strange = strangeOption(claim, args)
  if (strange !== undefined) {
    const hint = strange.hint ?? ''
    const judgement = refused(claim, args, negated, { kind: 'wrong', what: strange.found[0]!, hint })
    return found.kind === 'live' ? Promise.resolve(judgement) : judgement
  }
  if (found.kind !== 'live' && optionsOf(args)['since'] !== undefined)
    return refused(claim, args, negated, {
      kind: 'wrong',
      what: `\`since\` is for a running router, and this is a ${found.kind}`,
      hint: `Claim it about the router, or about the window itself${found.kind === 'state' ? ' once it is closed' : ''}.`,
    })
  if (found.kind === 'window') return judged(ofWindow(claim, found.window, args, negated), negated)
  if (found.kind === 'state') return judged(ofState(claim, found.state, args, negated), negated)
  return judgeLive(claim, found.live, args, manner)
}

async function judgeLive(
  claim: Claim,
  live: Live,
  args: readonly unknown[],
  manner: Manner,
): Promise<Judgement> {
  const { negated } = manner
  const how = loose(claim).live?.(...args) ?? 'state'
  const options = optionsOf(args)
  let timeout: number
  try {
    const given = loose(claim).within?.(...args) ?? (options['timeout'] as string | number | undefined)
    timeout =
      manner.once === true
        ? 0
        : parseDuration(given ?? variable('ROUTEWITNESS_TIMEOUT', process.env) ?? claim.patience, 'timeout') /
          1e3
  } catch (error) {
    return refused(claim, args, negated, {
      kind: 'wrong',
      what: whatHappened(error),
      hint: 'Write for example 30s or 2m.',
    })
  }
  const look = (): Look | Promise<Look> => {
    const now = live.look?.() ?? live.state()
    return now instanceof Promise
      ? now.then((state) => ofState(claim, state, args, negated))
      : ofState(claim, now, args, negated)
  }
  if (how === 'state') {
    return await settle(live, timeout, manner, negated, look)
  }
  if (how === 'deadline') {
    // The negation is not met by looking too early.
    const until = await settle(live, timeout, manner, false, look)
    return { ...until, met: met(until.says, negated) }
  }
  if (negated)
    return refused(claim, args, negated, {
      kind: 'wrong',
      what: 'that something does not come cannot be seen by waiting for it',
      hint: `Open a window before you act, close it, then expect(window).not.${claim.name}(…).`,
    })
  const since = options['since'] as Window | undefined
  if (since !== undefined && typeof since.names !== 'function')
    return refused(claim, args, negated, {
      kind: 'wrong',
      what: '`since` is no window',
      hint: 'Give what router.window() gave.',
    })
  const window = since ?? (await live.window(claim.name))
  try {
    return await settle(live, window.closed ? 0 : timeout, manner, negated, async () =>
      ofWindow(claim, (await window.soFar?.()) ?? window, args, negated),
    )
  } finally {
    if (since === undefined) await window.close()
  }
}

/** Looks whenever something happened, until what is claimed may be said, the time is over, or somebody gives up. */
async function settle(
  live: Live,
  timeout: number,
  { signal }: Manner,
  negated: boolean,
  look: () => Look | Promise<Look>,
): Promise<Judgement> {
  const begun = performance.now()
  const over = new AbortController()
  const gone = AbortSignal.any([over.signal, ...(signal === undefined ? [] : [signal])])
  try {
    for (let looks = 1; ; looks++) {
      const turn = new AbortController()
      const stop = AbortSignal.any([gone, turn.signal])
      // Asked before looking: what happens meanwhile is not missed.
      const changed = live.changed(stop)
      const before = performance.now()
      const looking = look()
      // A router of this process is looked at in one turn: what it says is over with its next event.
      const seen = looking instanceof Promise ? await looking : looking
      const cost = performance.now() - before
      const left = timeout - (performance.now() - begun)
      if (met(seen.outcome.says, negated) || seen.outcome.final === true || left <= 0 || gone.aborted) {
        seen.outcome.near?.routes()
        turn.abort()
        await changed
        return judged(seen, negated, { micros: (performance.now() - begun) * 1e3, looks })
      }
      await Promise.race([changed, after(Math.min(left, MOST_MS), stop)])
      turn.abort()
      await after(Math.min(Math.max(LEAST_MS, cost / SHARE), left), gone)
    }
  } finally {
    over.abort()
  }
}

/** Ends with the signal, too. */
function after(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted) done()
    else signal.addEventListener('abort', done, { once: true })
  })
}
