// toReceiveEndOfRib: peers said that they are done (RFC 4724 §2).
import { plural } from '../../core/errors/plural.ts'
import type { State, Window } from '../../harness/contract.ts'
import type { PeerRow } from '../../harness/views.ts'
import { clockTime } from '../../report/time.ts'
import { absenceUnknown, stateUnknown } from './certainty.ts'
import { claim, holds, refuted, SESSIONS, undecided, type ClaimOptions, type Outcome } from './claim.ts'
import { filterWords, isNode, select, unknownNames, unknownNode, type Filter } from './select.ts'
import { firstOf } from './window-words.ts'

export interface EndOfRibOptions extends Pick<Filter, 'node' | 'family'>, ClaimOptions {
  /** On a running router: since this window began; left out: in the present session of each peer. */
  readonly since?: Window | undefined
}

function wordsOf(options: EndOfRibOptions = {}): readonly [string, string] {
  const { node, family } = options
  const what = `an End-of-RIB${filterWords({ family }).replace(' in', ' for')}`
  const from = node === undefined ? 'every peer' : [node].flat().join(', ')
  return [
    `${what} came from ${from}`,
    `no End-of-RIB${filterWords({ family }).replace(' in', ' for')} came from ${node === undefined ? 'any peer' : from}`,
  ]
}

/** Cilium sends none where graceful restart was not negotiated. */
const HINT =
  'Without graceful restart a Cilium node sends no End-of-RIB: wait for quiet, or enable gracefulRestart for the peer.'

/** What each of the peers or nodes sent. */
function outcome(
  rows: readonly { readonly who: string; readonly done: string | undefined }[],
  about: Outcome['about'],
): Outcome {
  const missing = rows.filter(({ done }) => done === undefined)
  if (missing.length === 0) return { ...holds(...firstOf(rows, ({ who, done }) => `${who}: ${done}`)), about }
  const found = [
    `${missing.length} of ${plural(rows.length, 'peer')} sent none`,
    ...firstOf(rows, ({ who, done }) => `${who}: ${done ?? 'none'}`),
  ]
  if (missing.length < rows.length) return { says: 'partly', found, hint: HINT, about }
  return { ...refuted(...found), hint: HINT, about }
}

export const toReceiveEndOfRib = claim<[options?: EndOfRibOptions]>({
  name: 'toReceiveEndOfRib',
  options: ['node', 'family', 'since'],
  patience: SESSIONS,
  words: wordsOf,
  live: (options) => (options?.since === undefined ? 'state' : 'window'),
  state(state: State, options = {}): Outcome {
    const { family } = options
    const selection = select({ node: options.node, family })
    if ('bad' in selection) return selection.bad
    const unsure = stateUnknown(state) ?? unknownNode(state, selection.nodes)
    if (unsure !== undefined) return unsure
    const peers = state
      .peers()
      .filter(
        (peer) =>
          selection.nodes === undefined ||
          selection.nodes.some((node) => isNode(peer, node) || peer.identifier === node),
      )
    if (peers.length === 0)
      return undecided(`nothing to check: no peer${filterWords({ node: options.node })} has connected`)
    const doneOf = ({ state, endOfRib, session }: PeerRow): string | undefined =>
      state === 'established' && (family === undefined ? endOfRib.length > 0 : endOfRib.includes(family))
        ? `End-of-RIB for ${endOfRib.join(', ')} in session ${session}`
        : undefined
    const keys = new Set(peers.map(({ peer }) => peer))
    return outcome(
      peers.map((peer) => ({ who: peer.node ?? peer.identifier, done: doneOf(peer) })),
      (row) =>
        ['established', 'end-of-rib', 'closed', 'silent'].includes(row.type) && keys.has(row.peer ?? ''),
    )
  },
  window(window: Window, options = {}): Outcome {
    const { family } = options
    const selection = select({ node: options.node, family })
    if ('bad' in selection) return selection.bad
    const strange = unknownNames(window, selection)
    if (strange !== undefined) return strange
    const rows = window.endOfRibs(selection.filter)
    const nodes = selection.nodes ?? window.names().nodes
    const about: Outcome['about'] = (row) =>
      ['established', 'end-of-rib', 'closed', 'silent', 'gap'].includes(row.type)
    const sent = nodes.map((node) => {
      const row = rows.find((row) => isNode(row, node))
      return {
        who: node,
        done: row === undefined ? undefined : `End-of-RIB for ${row.family} at ${clockTime(row.at)}`,
      }
    })
    if (sent.some(({ done }) => done === undefined)) {
      const unsure = absenceUnknown(window, 'whether an End-of-RIB came')
      if (unsure !== undefined) return unsure
    }
    if (sent.length === 0) return undecided('nothing to check: the window knows no peer')
    return outcome(sent, about)
  },
})
