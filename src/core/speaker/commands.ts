// Orders from above.
import type { Prefix } from '../ip/prefix.ts'
import {
  ADMINISTRATIVE_RESET,
  ADMINISTRATIVE_SHUTDOWN,
  CAUTIOUS_TEXT,
  CEASE,
  shutdownData,
} from '../wire/notification.ts'
import type { Command, Origination } from './contract.ts'
import { stopDialling } from './dialling.ts'
import { announcements, withdrawals } from './originate.ts'
import { requestRefresh, sendEndOfRib } from './refresh.ts'
import { advance } from './sessions.ts'
import { send, type Entry, type Turn } from './state.ts'

/** Obeys a command. One about a peer that has no session changes at most what later sessions get. */
export function obey(turn: Turn, command: Command): void {
  switch (command.command) {
    case 'announce':
      return announce(turn, command.peer, command.routes)
    case 'withdraw':
      return withdraw(turn, command.peer, command.prefixes)
    case 'route-refresh':
      for (const entry of established(turn, command.peer)) requestRefresh(turn, entry, command.family)
      return
    case 'end-of-rib':
      for (const entry of established(turn, command.peer)) sendEndOfRib(turn, entry, command.family)
      return
    case 'notify': {
      const { code, subcode, data = communication(code, subcode, command.text) } = command
      const notification = { code, subcode, data }
      for (const entry of open(turn, command.peer)) advance(turn, entry, { type: 'end', notification })
      return
    }
    case 'disconnect': {
      const { how } = command
      const cause = { kind: how, by: 'us' } as const
      for (const entry of open(turn, command.peer)) advance(turn, entry, { type: 'drop', how, cause })
      return
    }
    case 'send-raw':
      for (const entry of open(turn, command.peer)) send(turn, entry, command.bytes)
      return
    case 'stop':
      return stop(turn, command.text)
  }
}

function announce(turn: Turn, peer: string | undefined, routes: readonly Origination[]): void {
  turn.state.wanted.announce(peer, routes)
  for (const entry of established(turn, peer))
    for (const bytes of announcements(entry.session, routes)) send(turn, entry, bytes)
}

/** Sent where we announced the prefix, and nowhere else. */
function withdraw(turn: Turn, peer: string | undefined, prefixes: readonly Prefix[]): void {
  const { wanted } = turn.state
  const sessions = established(turn, peer).map((entry) => {
    const announced = prefixes.filter((prefix) => entry.peer !== undefined && wanted.has(entry.peer, prefix))
    return { entry, announced }
  })
  wanted.withdraw(peer, prefixes)
  for (const { entry, announced } of sessions)
    for (const bytes of withdrawals(entry.session, announced)) send(turn, entry, bytes)
}

/** Cease/Administrative Shutdown to every session that is not over (RFC 4486); from now on none begins. */
function stop(turn: Turn, text: string | undefined): void {
  turn.state.stopped = true
  stopDialling(turn)
  const data = communication(CEASE, ADMINISTRATIVE_SHUTDOWN, text)
  const notification = { code: CEASE, subcode: ADMINISTRATIVE_SHUTDOWN, data }
  const cause = { kind: 'stopped', ...(text === undefined ? {} : { text }) } as const
  for (const entry of turn.state.sessions.values()) advance(turn, entry, { type: 'end', notification, cause })
}

/** The data of a NOTIFICATION with a shutdown communication; other codes have no place for one (RFC 9003 §2). */
function communication(code: number, subcode: number, text: string | undefined): Uint8Array {
  const takesText =
    code === CEASE && (subcode === ADMINISTRATIVE_SHUTDOWN || subcode === ADMINISTRATIVE_RESET)
  return text === undefined || !takesText ? new Uint8Array(0) : shutdownData(text, CAUTIOUS_TEXT)
}

function established(turn: Turn, key: string | undefined): Entry[] {
  const { peers, sessions } = turn.state
  const chosen = key === undefined ? [...peers.values()] : [peers.get(key)]
  return chosen.flatMap((peer) =>
    peer?.established === undefined ? [] : (sessions.get(peer.established) ?? []),
  )
}

/** The peer's session in Established, otherwise the one on its way there, otherwise its last one. */
function open(turn: Turn, key: string): Entry[] {
  const { peers, sessions } = turn.state
  const peer = peers.get(key)
  const candidates = [peer?.established, peer?.pending, peer?.last].flatMap((number) =>
    number === undefined ? [] : (sessions.get(number) ?? []),
  )
  return candidates.filter(({ session }) => session.state !== 'closed').slice(0, 1)
}
