// Close causes in words.
import { Buffer } from 'node:buffer'
import { printable } from '../errors/printable.ts'
import type { CloseCause, NotificationText } from './cause.ts'
import { describeNotification, hardResetReason } from '../wire/notification.ts'

function notification(by: 'peer' | 'us', text: NotificationText): string {
  const name = `${describeNotification(text.code, text.subcode)}${reason(text)}`
  const said = text.text === undefined || text.text === '' ? '' : ` "${printable(text.text)}"`
  return `NOTIFICATION ${text.code}/${text.subcode} ${name}${said} sent by ${by === 'us' ? 'us' : 'the peer'}`
}

/** What a Hard Reset stands for (RFC 8538 §3): FRR sends every Cease as one where both sides set the N bit. */
function reason({ code, subcode, data }: NotificationText): string {
  const inside = hardResetReason({ code, subcode, data: new Uint8Array(Buffer.from(data, 'hex')) })
  if (inside === undefined) return ''
  return ` for ${inside.code}/${inside.subcode} ${describeNotification(inside.code, inside.subcode)}`
}

/** One clause for people, for example "NOTIFICATION 6/3 Cease/Peer De-configured sent by the peer". */
export function describeCause(cause: CloseCause): string {
  switch (cause.kind) {
    case 'fin':
      return `${cause.by === 'us' ? 'we' : 'the peer'} closed (FIN) without a NOTIFICATION`
    case 'rst':
      return `${cause.by === 'us' ? 'we' : 'the peer'} reset the connection (RST)`
    case 'notification':
    case 'hard-reset':
    case 'open-error':
      return notification(cause.by, cause.notification)
    case 'hold-expired':
      return 'the hold timer ran out, NOTIFICATION 4/0 sent by us'
    case 'send-hold-expired':
      return 'the peer did not read, the send-hold timer ran out'
    case 'replaced':
      return 'replaced by a new connection of the same peer'
    case 'unknown-peer':
      return 'no configured peer matches, NOTIFICATION 6/5 sent by us'
    case 'dial-only':
      return 'only we may open connections to this peer, NOTIFICATION 6/5 sent by us'
    case 'limit':
      return cause.limit === 'source'
        ? 'too many connections from this source'
        : 'too many connections in all'
    case 'stopped':
      return cause.text === undefined ? 'we stopped' : `we stopped: "${cause.text}"`
    case 'error':
      return `the connection failed: ${printable(cause.message)}`
  }
}
