// The usual UPDATE of an established session, straight from the bytes into the table. What it does is what the longer
// way does (../session/receive.ts, ./updates.ts), which takes every other message.
import { SECOND } from '../session/terms.ts'
import { messageLength, TYPE_UPDATE } from '../wire/framing.ts'
import { RouteBatch } from './route-batch.ts'
import type { WithdrawCause } from './contract.ts'
import type { Entry, Turn } from './state.ts'

const BY_UPDATE: WithdrawCause = { kind: 'wire' }

/** @returns false, with nothing done, when the message is none that can be taken here */
export function takePlainUpdate(turn: Turn, entry: Entry, bytes: Uint8Array): boolean {
  const { session } = entry
  if (bytes[18] !== TYPE_UPDATE || session.state !== 'established') return false
  const { negotiated } = session
  if (negotiated === undefined || entry.peer === undefined || bytes.length < 23) return false
  // Where prefixes are limited the longer way counts them.
  if (session.terms?.maxPrefixes !== undefined) return false
  const context = negotiated.receive
  if (messageLength(bytes, 0, context.maxLength) !== bytes.length) return false
  const { scan, paths, peers } = turn.state
  const peer = peers.get(entry.peer)
  if (peer === undefined || !scan.read(bytes, context)) return false
  const { reach, unreach } = scan

  let path = -1
  if (reach !== undefined) {
    const { draft } = paths
    draft.begin(context.fourOctetAs, bytes, scan.nextHop, scan.nextHopLength)
    for (let run = 0; run < scan.runs; run++)
      draft.add(bytes, scan.shared[2 * run]!, scan.shared[2 * run + 1]!)
    path = paths.acquireDraft()
    if (!paths.isValid(path, context.internal)) {
      if (!scan.isValid()) {
        paths.release(path)
        return false
      }
      paths.setValid(path, context.internal)
    }
  }

  heard(turn, entry, negotiated.holdTime)
  session.updates++
  const { number } = session
  if (unreach !== undefined) {
    const codes = peer.rib.withdrawField(scan.unreachFamily, unreach)
    turn.effects.push({
      do: 'tell',
      news: new RouteBatch(number, peer.key, scan.unreachFamily, unreach, BY_UPDATE, codes),
    })
  }
  if (reach !== undefined) {
    const codes = peer.rib.announceField(scan.reachFamily, reach, path, turn.now, turn.event)
    paths.release(path)
    turn.effects.push({
      do: 'tell',
      news: new RouteBatch(number, peer.key, scan.reachFamily, reach, undefined, codes),
    })
  }
  return true
}

/** The hold timer starts anew (RFC 4271 §8.2.2), and the peer is not silent. */
function heard(turn: Turn, entry: Entry, holdTime: number): void {
  const { session } = entry
  if (holdTime > 0) {
    session.timers.add('hold')
    entry.restartHold ??= {
      do: 'start-timer',
      key: { of: 'session', session: session.number, timer: 'hold' },
      after: holdTime * SECOND,
    }
    turn.effects.push(entry.restartHold)
  }
  if (session.timers.delete('silence'))
    turn.effects.push({ do: 'stop-timer', key: { of: 'session', session: session.number, timer: 'silence' } })
}
