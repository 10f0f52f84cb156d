// A trace folder as connections and messages.
import type { Address } from '../../core/ip/prefix.ts'
import { parseAddress } from '../../core/ip/text.ts'
import type { Endpoint } from '../../core/speaker/contract.ts'
import { openTrace } from '../reader.ts'
import type { Connection, End, Notes, WireEvent } from './wire-event.ts'

const NOWHERE: Address = { afi: 1, words: [0] }

/**
 * The connections and messages of a trace; all else in it stays behind.
 * @throws UserError RW_TRACE, RW_TRACE_VERSION
 */
export async function* readTraceFolder(directory: string, notes: Notes): AsyncGenerator<WireEvent> {
  const trace = await openTrace(directory)
  const sessions = new Map<number, Connection>()
  const localAsn = trace.manifest.config.asn
  const of = (session: number): Connection =>
    sessions.get(session) ?? { session, peer: { address: NOWHERE }, local: { address: NOWHERE } }
  for await (const event of trace.events()) {
    const { at } = event
    switch (event.type) {
      case 'session-opened': {
        const connection = { session: event.session, ...endsOf(event.remote, event.local) }
        sessions.set(event.session, connection)
        yield { type: 'session-opened', at, ...connection }
        break
      }
      case 'message': {
        const { bytes, direction, fourOctetAs, addPath, peerAsn } = event
        yield {
          type: 'message',
          at,
          ...of(event.session),
          direction,
          bytes,
          fourOctetAs,
          addPath,
          peerAsn,
          localAsn,
        }
        break
      }
      case 'unframed':
        yield { type: 'unframed', at, ...of(event.session), bytes: event.bytes }
        break
      case 'session-closed':
        // The entry stays: our last bytes may be recorded after the connection's end.
        yield { type: 'session-closed', at, ...of(event.session), how: event.how }
        break
      case 'gap':
        notes.add(`events missing before ${event.seq}: ${event.reason}`, event.events)
        break
      default:
    }
  }
  const { messages, events } = trace.truncated
  if (messages > 0)
    notes.add(
      'octets at the end of messages.mrt that are no whole record, or that no event follows',
      messages,
    )
  if (events > 0) notes.add('octets at the end of events.jsonl that are no whole line', events)
}

function endsOf(remote: Endpoint, local: Endpoint): { readonly peer: End; readonly local: End } {
  const peer = endOf(remote)
  const ours = endOf(local)
  // A packet, and a record of MRT, has one address family for both ends.
  if (peer.address.afi === ours.address.afi) return { peer, local: ours }
  return { peer: { ...peer, address: NOWHERE }, local: { ...ours, address: NOWHERE } }
}

function endOf({ address, port }: Endpoint): End {
  try {
    return { address: parseAddress(address.split('%', 1)[0] ?? ''), port } // no format has a place for a zone
  } catch {
    return { address: NOWHERE, port }
  }
}
