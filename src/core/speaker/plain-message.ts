// The usual messages of an established session: a KEEPALIVE, and the usual UPDATE straight from the bytes into the table.
// What they do is what the longer way does (../session/receive.ts, ./updates.ts), which takes every other message.
import { SECOND } from '../session/terms.ts'
import { HEADER_LENGTH, messageLength, TYPE_KEEPALIVE, TYPE_UPDATE } from '../wire/framing.ts'
import { RouteBatch } from './route-batch.ts'
import type { WithdrawCause } from './contract.ts'
import type { Entry, Turn } from './state.ts'

const BY_UPDATE: WithdrawCause = { kind: 'wire' }

/** @returns false, with nothing done, when the message is none that can be taken here */
export function takePlainMessage(turn: Turn, entry: Entry, bytes: Uint8Array): boolean {
  const { session } = entry
  // Where prefixes are limited the longer way counts them.
  if (session.state !== 'established' || session.terms?.maxPrefixes !== undefined) return false
  switch (bytes[18]) {
    case TYPE_UPDATE:
      return takeUpdate(turn, entry, bytes)
    case TYPE_KEEPALIVE:
      return takeKeepalive(turn, entry, bytes)
    default:
      return false
  }
}

function takeKeepalive(turn: Turn, entry: Entry, bytes: Uint8Array): boolean {
  const { negotiated } = entry.session
  if (negotiated === undefined || bytes.length !== HEADER_LENGTH) return false
  if (messageLength(bytes, 0, negotiated.receive.maxLength) !== HEADER_LENGTH) return false
  restartHold(turn, entry, negotiated.holdTime)
  return true
}

function takeUpdate(turn: Turn, entry: Entry, bytes: Uint8Array): boolean {
  const { session } = entry
  const { negotiated } = session
  if (negotiated === undefined || entry.peer === undefined || bytes.length < 23) return false
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

  restartHold(turn, entry, negotiated.holdTime)
  if (session.timers.delete('silence'))
    turn.effects.push({ do: 'stop-timer', key: { of: 'session', session: session.number, timer: 'silence' } })
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

/** The peer is alive: the hold timer starts anew (RFC 4271 §8.2.2, on KEEPALIVE and UPDATE). */
function restartHold(turn: Turn, entry: Entry, holdTime: number): void {
  if (holdTime === 0) return
  const { session } = entry
  session.timers.add('hold')
  entry.restartHold ??= {
    do: 'start-timer',
    key: { of: 'session', session: session.number, timer: 'hold' },
    after: holdTime * SECOND,
  }
  turn.effects.push(entry.restartHold)
}
