// toHaveRestartedGracefully: a session ended, graceful restart kept the routes, and the peer came back and announced all again
// before they had to go (RFC 4724).
import { plural } from '../../core/errors/plural.ts'
import { describeCause } from '../../core/session/describe.ts'
import type { Micros } from '../../core/speaker/contract.ts'
import type { Flap } from '../../core/window/contract.ts'
import type { Window } from '../../harness/contract.ts'
import { formatSpan, parseDuration } from '../../harness/duration.ts'
import { absenceUnknown } from './certainty.ts'
import { claim, misused, SESSIONS, undecided, type Outcome } from './claim.ts'
import { filterWords, select, unknownNames, type Filter } from './select.ts'
import { firstOf, withdrawCauseText } from './window-words.ts'

export interface RestartedOptions extends Pick<Filter, 'node' | 'family'> {
  /** From the end of the session to the last End-of-RIB of the next, at most: "120s". */
  readonly within?: string | number | undefined
}

interface Restart {
  readonly node: string
  readonly flap: Flap
  /** Undefined: it was graceful. */
  readonly wrong: string | undefined
  /** From the end of the session to the end of the stale phases. */
  readonly took: Micros | undefined
}

/** What became of one session that ended. */
function restart(
  window: Window,
  flap: Flap,
  family: string | undefined,
  within: Micros | undefined,
): Restart {
  const { node, peer, seq, at } = flap
  const filter = { node: peer, family }
  const next = window.flaps({ node: peer }).find((other) => other.seq > seq)
  const before = (row: { readonly seq: number }): boolean => next === undefined || row.seq < next.seq
  const stale = window.staleIntervals(filter).filter(({ from }) => from.seq >= seq && before(from))
  const gone = window.withdrawals(filter).filter((row) => row.seq >= seq && before(row))
  const ends = stale.map(({ to }) => to?.at ?? Infinity)
  const took = ends.length === 0 ? undefined : Math.max(...ends) - at
  const made = (wrong: string | undefined): Restart => ({
    node,
    flap,
    wrong,
    took: took === undefined || !Number.isFinite(took) ? undefined : took,
  })
  if (gone.length > 0)
    return made(
      `${plural(gone.length, 'route')} went: ${gone[0]!.prefix} ${withdrawCauseText(gone[0]!.cause)}`,
    )
  if (stale.length === 0)
    return made('graceful restart kept no route: there was none, or it was not negotiated')
  if (flap.back === undefined) return made('it was not back when the window was closed')
  const open = stale.find(({ to }) => to === undefined)
  if (open !== undefined) return made(`no End-of-RIB of ${open.family} came: its routes are still stale`)
  const flushed = stale.find(({ why }) => why !== 'eor')
  if (flushed !== undefined) return made(`its stale routes of ${flushed.family} were flushed`)
  if (within !== undefined && took! > within)
    return made(`it took ${formatSpan(took!)}, longer than ${formatSpan(within)}`)
  return made(undefined)
}

const line = ({ node, flap, wrong, took }: Restart): string => {
  const back = flap.back === undefined ? '' : `, back after ${formatSpan(flap.back.at - flap.at)}`
  const done = took === undefined ? '' : `, complete after ${formatSpan(took)}`
  return `${node}: ${describeCause(flap.cause)}${back}${done}${wrong === undefined ? '' : `: ${wrong}`}`
}

export const toHaveRestartedGracefully = claim<[options?: RestartedOptions]>({
  name: 'toHaveRestartedGracefully',
  options: ['node', 'family', 'within'],
  patience: SESSIONS,
  words: (options = {}) => {
    const who =
      options.node === undefined ? 'every node whose session ended' : [options.node].flat().join(', ')
    const how = `${filterWords({ family: options.family })}${options.within === undefined ? '' : ` within ${options.within}`}`
    return [
      `${who} restarted gracefully${how}: no route went, End-of-RIB came`,
      `${options.node === undefined ? 'no node' : [options.node].flat().join(', ')} restarted gracefully${how}`.replace(
        /^(?!no node)(.*) restarted/,
        '$1 did not restart',
      ),
    ]
  },
  window(window: Window, options = {}): Outcome {
    const selection = select({ node: options.node, family: options.family })
    if ('bad' in selection) return selection.bad
    let within: Micros | undefined
    try {
      within = options.within === undefined ? undefined : parseDuration(options.within)
    } catch {
      return misused(`"${options.within}" is no duration`, 'Write for example 120s or 2m.')
    }
    const about: Outcome['about'] = (row) =>
      ['established', 'closed', 'stale', 'end-of-rib', 'withdraw', 'notification', 'gap'].includes(
        row.type,
      ) &&
      (selection.nodes === undefined ||
        row.node === undefined ||
        selection.matches({ ...row, family: selection.family }))
    const unsure = unknownNames(window, selection)
    if (unsure !== undefined) return unsure
    const flaps = window.flaps({ node: options.node })
    const restarts = flaps.map((flap) => restart(window, flap, selection.family, within))
    const names = new Set(flaps.map(({ node }) => node))
    const still = (selection.nodes ?? []).filter(
      (node) => !flaps.some((flap) => flap.node === node || flap.peer.endsWith(` ${node}`)),
    )
    if (flaps.length === 0 || still.length > 0) {
      const silent = absenceUnknown(window, 'whether a session ended')
      if (silent !== undefined) return silent
      const whose = still.length > 0 ? ` of ${still.join(', ')}` : ''
      return {
        ...undecided(`nothing to check: no session${whose} ended in the window`),
        hint: 'Open the window before the restart, and close it after router.wait(until.converged({ since: window })).',
        about,
      }
    }
    const wrong = restarts.filter((one) => one.wrong !== undefined)
    if (wrong.length === 0) {
      const silent = absenceUnknown(window, 'whether a route went')
      if (silent !== undefined) return silent
      const slowest = Math.max(...restarts.map(({ took }) => took ?? 0))
      return {
        says: 'holds',
        found: [
          `${plural(names.size, 'node')} restarted gracefully, the slowest in ${formatSpan(slowest)}`,
          ...firstOf(restarts, line),
        ],
        about,
      }
    }
    return {
      says: wrong.length < restarts.length ? 'partly' : 'refuted',
      found: [
        `${wrong.length} of ${plural(restarts.length, 'restart')} ${restarts.length === 1 ? 'was' : 'were'} not graceful`,
        ...firstOf(wrong, line),
      ],
      cause: wrong[0]!.wrong,
      hint: 'The peer needs graceful restart (gracefulRestart.enabled, restartTimeSeconds in its CiliumBGPPeerConfig), this router `gracefulRestart: helper`.',
      about,
    }
  },
})
