// BGP messages out of captured TCP segments. Simple on purpose: segments in order, retransmissions dropped, a few held
// back until the one before them comes; after a loss a direction goes on at the next segment that begins with a message.
import type { Micros } from '../../core/speaker/contract.ts'
import { HEADER_LENGTH, MARKER_LENGTH, MAX_EXTENDED_LENGTH, messageLength } from '../../core/wire/framing.ts'
import type { CapturedPacket } from './capture-read.ts'
import { Negotiation } from './negotiation.ts'
import { ACK, FIN, RST, SYN, type Segment, tcpSegment, type TcpEnd } from './packet.ts'
import type { Connection, Notes, WireEvent } from './wire-event.ts'

const BGP_PORT = 179
/** Segments held back in one direction. */
const MOST_HELD = 64

interface Held {
  readonly seq: number
  readonly at: Micros
  readonly payload: Uint8Array
}

/** One direction of a connection. */
class Flow {
  /** Sequence number that comes next; undefined before the first, and after a loss. */
  next: number | undefined
  held: Held[] = []
  /** Octets that are no whole message yet. */
  rest: Uint8Array = new Uint8Array(0)
  finished = false
}

interface Conversation {
  readonly connection: Connection
  /** The end of the packets that is the peer. */
  readonly peerEnd: string
  readonly negotiation: Negotiation
  readonly flows: { readonly in: Flow; readonly out: Flow }
  /** When it began; undefined when the capture does not have that. */
  readonly openedAt: Micros | undefined
  /** Some message was seen: before, nobody knows that it is BGP. */
  bgp: boolean
}

const COMMENT = /^routewitness session (\d+) peer (\S+) (\d+|-) local (\S+) (\d+|-)$/

/** The BGP connections and messages in packets, given in the order of the capture. */
export class BgpStreams {
  readonly #conversations = new Map<string, Conversation>()
  readonly #notes: Notes
  #sessions = 0

  constructor(notes: Notes) {
    this.#notes = notes
  }

  *events(packet: CapturedPacket): Generator<WireEvent> {
    const segment = tcpSegment(packet.ip)
    if (segment === undefined) return
    const key = keyOf(segment)
    const opens = (segment.flags & (SYN | ACK)) === SYN
    let conversation = this.#conversations.get(key)
    if (opens && conversation !== undefined && isRepeated(conversation, segment)) return
    if (conversation === undefined || opens) {
      if (!opens && segment.payload.length === 0) return
      conversation = this.#begin(segment, packet, opens)
      this.#conversations.set(key, conversation)
    }
    const direction = endKey(segment.from) === conversation.peerEnd ? 'in' : 'out'
    yield* this.#take(conversation, direction, segment, packet.at)
    const { connection, flows, bgp } = conversation
    const reset = (segment.flags & RST) !== 0
    if (!reset && !(flows.in.finished && flows.out.finished)) return
    this.#conversations.delete(key)
    // The end that finished first has closed.
    const how = reset ? 'rst' : direction === 'out' ? 'fin' : 'closed-by-us'
    if (bgp) yield { type: 'session-closed', at: packet.at, ...connection, how }
  }

  #begin(segment: Segment, { at, comment }: CapturedPacket, opens: boolean): Conversation {
    const { from, to } = segment
    const written = comment === undefined ? null : COMMENT.exec(comment)
    // Without our comment the peer is the end that connected, else the one that has not port 179.
    const fromPeer =
      written === null
        ? opens || to.port === BGP_PORT || from.port !== BGP_PORT
        : written[3] !== String(BGP_PORT) || written[5] === String(BGP_PORT)
    const [peer, local] = fromPeer ? [from, to] : [to, from]
    return {
      connection:
        written === null ? { session: this.#number(), peer, local } : connectionOf(written, peer, local),
      peerEnd: endKey(peer),
      negotiation: new Negotiation(),
      flows: { in: new Flow(), out: new Flow() },
      openedAt: opens ? at : undefined,
      bgp: false,
    }
  }

  #number(): number {
    return ++this.#sessions
  }

  *#take(
    conversation: Conversation,
    direction: 'in' | 'out',
    segment: Segment,
    at: Micros,
  ): Generator<WireEvent> {
    const flow = conversation.flows[direction]
    const { seq, flags, payload, missing = 0 } = segment
    if ((flags & SYN) !== 0) {
      flow.next = (seq + 1) >>> 0
      return
    }
    if (payload.length > 0) {
      flow.next ??= startsMessage(payload) ? seq : undefined
      if (flow.next !== undefined) {
        hold(flow, { seq, at, payload })
        yield* this.#drain(conversation, direction)
      }
    }
    if (missing > 0) this.#lose(flow, 'packets that the capture cut short')
    if ((flags & FIN) !== 0) flow.finished = true
  }

  *#drain(conversation: Conversation, direction: 'in' | 'out'): Generator<WireEvent> {
    const flow = conversation.flows[direction]
    for (;;) {
      const at = flow.held.findIndex((held) => flow.next !== undefined && behind(held.seq, flow.next) >= 0)
      if (at < 0) break
      const [held] = flow.held.splice(at, 1)
      const seen = behind(held!.seq, flow.next!)
      // What was there already was sent again.
      if (seen >= held!.payload.length) continue
      flow.next = (held!.seq + held!.payload.length) >>> 0
      yield* this.#messages(conversation, direction, held!.payload.subarray(seen), held!.at)
    }
    if (flow.held.length <= MOST_HELD) return
    this.#lose(flow, 'stretches of a connection that are not in the capture')
    const again = flow.held.find(({ payload }) => startsMessage(payload))
    flow.held = again === undefined ? [] : flow.held.filter(({ seq }) => behind(seq, again.seq) <= 0)
    flow.next = again?.seq
    yield* this.#drain(conversation, direction)
  }

  #lose(flow: Flow, what: string): void {
    this.#notes.add(what)
    flow.next = undefined
    flow.rest = new Uint8Array(0)
  }

  *#messages(
    conversation: Conversation,
    direction: 'in' | 'out',
    payload: Uint8Array,
    at: Micros,
  ): Generator<WireEvent> {
    const flow = conversation.flows[direction]
    let bytes: Uint8Array = flow.rest.length === 0 ? payload : Buffer.concat([flow.rest, payload])
    while (bytes.length >= HEADER_LENGTH) {
      const length = messageLength(bytes, 0, MAX_EXTENDED_LENGTH)
      if (typeof length !== 'number') {
        if (conversation.bgp) {
          this.#notes.add('stretches of octets that are no message')
          if (direction === 'in') yield { type: 'unframed', at, ...conversation.connection, bytes }
        }
        flow.next = undefined
        flow.rest = new Uint8Array(0)
        return
      }
      if (bytes.length < length) break
      yield* this.#message(conversation, direction, bytes.subarray(0, length), at)
      bytes = bytes.subarray(length)
    }
    flow.rest = Uint8Array.from(bytes)
  }

  *#message(
    conversation: Conversation,
    direction: 'in' | 'out',
    bytes: Uint8Array,
    at: Micros,
  ): Generator<WireEvent> {
    const { connection, negotiation, openedAt, bgp } = conversation
    if (!bgp && openedAt !== undefined) yield { type: 'session-opened', at: openedAt, ...connection }
    conversation.bgp = true
    negotiation.observe(direction, bytes)
    yield {
      type: 'message',
      at,
      ...connection,
      direction,
      bytes,
      fourOctetAs: negotiation.fourOctetAs,
      addPath: (negotiation.addPath(direction)?.size ?? 0) > 0,
      peerAsn: negotiation.asn('in'),
      localAsn: negotiation.asn('out'),
    }
  }
}

/** A SYN that was sent again begins nothing new. */
function isRepeated({ flows, bgp }: Conversation, { seq }: Segment): boolean {
  return !bgp && [flows.in.next, flows.out.next].includes((seq + 1) >>> 0)
}

/** The connection that our own comment tells of. */
function connectionOf(
  [, session, , peerPort, , localPort]: RegExpExecArray,
  peer: TcpEnd,
  local: TcpEnd,
): Connection {
  return {
    session: Number(session),
    peer: { address: peer.address, ...portOf(peerPort) },
    local: { address: local.address, ...portOf(localPort) },
  }
}

/** Keeps segments in the order of their numbers. */
function hold(flow: Flow, held: Held): void {
  const at = flow.held.findIndex(({ seq }) => behind(held.seq, seq) > 0)
  if (at < 0) flow.held.push(held)
  else flow.held.splice(at, 0, held)
}

/** How far `seq` is behind `reference` on the circle of 32 bits; negative when it is ahead. */
function behind(seq: number, reference: number): number {
  return (reference - seq) | 0
}

function startsMessage(payload: Uint8Array): boolean {
  return (
    payload.length >= MARKER_LENGTH && payload.subarray(0, MARKER_LENGTH).every((octet) => octet === 0xff)
  )
}

function portOf(text: string | undefined): { readonly port?: number } {
  return text === undefined || text === '-' ? {} : { port: Number(text) }
}

function keyOf({ from, to }: Segment): string {
  return [endKey(from), endKey(to)].sort().join(' ')
}

function endKey({ address, port }: TcpEnd): string {
  return `${address.words.join('.')} ${port}`
}
