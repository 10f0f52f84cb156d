// Why a session ended. One vocabulary for the record, findings and people.

/** How a TCP connection ended, as the socket saw it. */
export type Disconnect = 'fin' | 'rst' | 'error' | 'closed-by-us'

export interface NotificationText {
  readonly code: number
  readonly subcode: number
  /** Hex of the data field. */
  readonly data: string
  /** Shutdown communication (RFC 9003), when there is one. */
  readonly text?: string
}

export type CloseCause =
  /** Closed without a NOTIFICATION; by the peer unless it says 'us'. */
  | { readonly kind: 'fin'; readonly by?: 'us' }
  | { readonly kind: 'rst'; readonly by?: 'us' }
  /** A NOTIFICATION, by whom. 6/9 has the kind 'hard-reset'. */
  | { readonly kind: 'notification'; readonly by: 'peer' | 'us'; readonly notification: NotificationText }
  | { readonly kind: 'hard-reset'; readonly by: 'peer' | 'us'; readonly notification: NotificationText }
  /** The hold timer ran out; 4/0 was sent. */
  | { readonly kind: 'hold-expired' }
  /** The peer did not read for longer than the send-hold time; 8/0 was tried (RFC 9687). */
  | { readonly kind: 'send-hold-expired' }
  /** The same peer opened another connection (RFC 4724 §5). */
  | { readonly kind: 'replaced' }
  /** The OPEN was refused by one of us. */
  | { readonly kind: 'open-error'; readonly by: 'peer' | 'us'; readonly notification: NotificationText }
  /** No configured peer matches: 6/5 was sent. */
  | { readonly kind: 'unknown-peer' }
  /** The peer opened a connection that only we may open: 6/5 was sent. */
  | { readonly kind: 'dial-only' }
  /** A limit on connections was reached. */
  | { readonly kind: 'limit'; readonly limit: 'source' | 'total' }
  /** We stopped; `text` is the shutdown communication that we sent. */
  | { readonly kind: 'stopped'; readonly text?: string }
  /** The socket failed otherwise. */
  | { readonly kind: 'error'; readonly message: string }

const REFUSALS: ReadonlySet<CloseCause['kind']> = new Set(['unknown-peer', 'open-error', 'limit'])

/** True when one of us did not let the session begin: most often a wrong AS number or range in a configuration. */
export function isRefusal(cause: CloseCause): boolean {
  return REFUSALS.has(cause.kind)
}
