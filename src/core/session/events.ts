// What goes into the machine of one connection and what comes out of it.
import type { NotificationFields } from '../errors/bgp-error.ts'
import type { Family, OpenMessage, RouteRefreshMessage, UpdateMessage } from '../wire/message.ts'
import type { CloseCause, Disconnect } from './cause.ts'
import type { Micros, SessionTimer } from './terms.ts'

export type SessionEvent =
  /** The connection is there: our OPEN goes out. */
  | { readonly type: 'opened' }
  /** One whole message, header included. */
  | { readonly type: 'message'; readonly bytes: Uint8Array }
  /** Bytes that are no message (RFC 4271 §6.1). */
  | { readonly type: 'unframed'; readonly bytes: Uint8Array; readonly subcode: 1 | 2 }
  | { readonly type: 'disconnected'; readonly how: Disconnect; readonly message?: string }
  | { readonly type: 'timer'; readonly timer: SessionTimer }
  /** What we send waits, because the peer does not read; false: it moves again. */
  | { readonly type: 'blocked'; readonly blocked: boolean }
  /** The OPEN that was reported is accepted: who the peer is has been settled. */
  | { readonly type: 'admit' }
  /** A KEEPALIVE out of turn: a host that has lost the connection answers it with RST. */
  | { readonly type: 'probe' }
  /** Ends the session from above: with a NOTIFICATION, or silently. `cause` when the NOTIFICATION is not the reason. */
  | { readonly type: 'end'; readonly notification: NotificationFields; readonly cause?: CloseCause }
  | { readonly type: 'drop'; readonly how: 'fin' | 'rst'; readonly cause: CloseCause }

export type SessionEffect =
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  | { readonly do: 'start-timer'; readonly timer: SessionTimer; readonly after: Micros }
  | { readonly do: 'stop-timer'; readonly timer: SessionTimer }
  | { readonly do: 'close'; readonly how: 'fin' | 'rst' }
  | { readonly do: 'set-max-length'; readonly length: number }
  | { readonly do: 'report'; readonly report: SessionReport }

/** What the machine tells the peers above it. */
export type SessionReport =
  /** An OPEN that we can accept; the answer is the event 'admit', 'end' or 'drop'. */
  | { readonly what: 'open'; readonly open: OpenMessage }
  | { readonly what: 'established' }
  /** An UPDATE or End-of-RIB that does not reset the session. */
  | { readonly what: 'update'; readonly update: UpdateMessage }
  | { readonly what: 'malformed-update'; readonly reasons: readonly string[] }
  /** An UPDATE that resets the session can be read with path identifiers, which were not negotiated (RFC 7911). */
  | { readonly what: 'path-ids-unexpected'; readonly family: Family }
  | { readonly what: 'route-refresh'; readonly message: RouteRefreshMessage }
  | {
      readonly what: 'notification'
      readonly direction: 'in' | 'out'
      readonly notification: NotificationFields
    }
  /** A NOTIFICATION that cannot be read: it is only logged (RFC 4271 §6.4). */
  | { readonly what: 'malformed-notification'; readonly reason: string }
  /** R=1, and neither UPDATE nor End-of-RIB since Established. */
  | { readonly what: 'silent' }
  | { readonly what: 'closed'; readonly cause: CloseCause; readonly wasEstablished: boolean }
