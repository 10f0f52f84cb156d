// MRT files of anybody: BGP messages in, BGP messages out; records of other kinds are counted and left out.
import { UserError, whatHappened } from '../../core/errors/user-error.ts'
import { MRT_HEADER, recordLength, writeRecord } from '../mrt.ts'
import { isMessageRecord, MrtDecoder, type MrtHeader } from '../mrt-read.ts'
import type { OctetReader } from './octets.ts'
import type { Notes, WireEvent } from './wire-event.ts'

const BGP4MP = 16
const BGP4MP_ET = 17
const STATE_CHANGES = new Set([0, 5])

/**
 * The messages of an MRT file. A record that the end of the file cuts short is left out and noted.
 * @throws UserError RW_TRACE for octets that are no MRT record
 */
export async function* readMrt(input: OctetReader, notes: Notes): AsyncGenerator<WireEvent> {
  const decoder = new MrtDecoder()
  for (;;) {
    const start = input.position
    try {
      const head = await input.peek(MRT_HEADER)
      if (head.length < MRT_HEADER) break
      const header = decoder.header(head, 0)
      const record = await input.take(MRT_HEADER + header.length)
      if (record === undefined) break
      if (!isMessageRecord(header)) {
        notes.add(`records left out: ${kindOf(header)}`)
        continue
      }
      const message = decoder.message(header, record.subarray(MRT_HEADER))
      if (message === undefined) continue
      yield {
        type: 'message',
        at: message.at,
        session: message.interfaceIndex,
        direction: message.local ? 'out' : 'in',
        peer: { address: message.peer },
        local: { address: message.localAddress },
        bytes: message.bytes,
        fourOctetAs: message.fourOctetAs,
        addPath: message.addPath,
        peerAsn: message.peerAsn,
        localAsn: message.localAsn,
      }
    } catch (error) {
      throw new UserError('RW_TRACE', `${input.name} at octet ${start}: ${whatHappened(error)}`, {
        remedy: 'It is no MRT file, or it is damaged there.',
        cause: error,
      })
    }
  }
  if (input.left > 0) notes.add('octets at the end that are no whole record', input.left)
}

function kindOf({ type, subtype }: MrtHeader): string {
  if ((type === BGP4MP || type === BGP4MP_ET) && STATE_CHANGES.has(subtype)) return 'state changes'
  return `type ${type}/${subtype}, which is no BGP message`
}

/** BGP4MP_ET records; connections and octets without framing have no place in MRT. */
export function mrtRecord(event: WireEvent, notes: Notes): Buffer | undefined {
  if (event.type === 'unframed')
    notes.add('stretches of octets that are no message, for which MRT has no place')
  if (event.type !== 'message') return undefined
  const { peer, local, session, direction, ...rest } = event
  const message = {
    ...rest,
    local: direction === 'out',
    interfaceIndex: session & 0xffff,
    peer: peer.address,
    localAddress: local.address,
  }
  const out = Buffer.allocUnsafe(recordLength(message))
  writeRecord(message, out, 0)
  return out
}
