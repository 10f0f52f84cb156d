// Events into a block.
import type { MessageEvent, StreamEvent } from '../core/stream/events.ts'
import type { Block } from './block.ts'
import { eventLine, positionLine } from './lines.ts'
import { type MrtMessage, recordLength, writeRecord } from './mrt.ts'
import type { Sessions } from './sessions.ts'

/** The MRT record of a message; the session's addresses come from its opening. */
export function mrtMessage(event: MessageEvent, sessions: Sessions, localAsn: number): MrtMessage {
  const { peer, local } = sessions.addresses(event.session)
  return {
    at: event.at,
    fourOctetAs: event.fourOctetAs,
    addPath: event.addPath,
    local: event.direction === 'out',
    peerAsn: event.peerAsn,
    localAsn,
    interfaceIndex: event.session & 0xffff,
    peer,
    localAddress: local,
    bytes: event.bytes,
  }
}

/**
 * Appends an event to a block.
 * @throws what JSON.stringify throws; the block is then as it was
 */
export function encode(event: StreamEvent, block: Block, sessions: Sessions, localAsn: number): void {
  if (event.type === 'message') {
    const message = mrtMessage(event, sessions, localAsn)
    const length = recordLength(message)
    const at = block.messages.reserve(length)
    writeRecord(message, block.messages.piece, at)
    block.end += length
    block.unconfirmed = true
  } else {
    const isCheckpoint = event.type === 'checkpoint'
    const line = eventLine(event, block.end, isCheckpoint ? sessions.open() : undefined)
    const length = block.events.appendText(line)
    if (isCheckpoint) block.exempt += length
    block.unconfirmed = false
  }
  const numbered = event.type !== 'gap' && event.type !== 'checkpoint'
  block.lastSeq = numbered ? event.seq : event.seq - 1
  block.lastAt = event.at
}

/**
 * Whether an event can change what the rest of a checkpoint tells of: routes, and all that is not copied when a
 * checkpoint is begun. What is sent and what is only noted changes neither.
 */
export function alters(event: StreamEvent): boolean {
  switch (event.type) {
    case 'message':
      return event.direction === 'in'
    case 'timer':
      return event.key.of === 'session' || event.key.of === 'peer'
    case 'session-opened':
    case 'session-blocked':
    case 'dial-failed':
    case 'mark':
    case 'finding':
      return false
    default:
      return true
  }
}

/** Adds a line when messages follow the last one. */
export function confirm(block: Block): void {
  if (!block.unconfirmed) return
  block.events.appendText(positionLine(block.lastSeq + 1, block.lastAt, block.end))
  block.unconfirmed = false
}

/** Begins a trace that does not begin with an event of its own line: readers learn from lines which number comes first. */
export function begin(block: Block): void {
  block.events.appendText(positionLine(block.firstSeq, block.from, block.end))
}
