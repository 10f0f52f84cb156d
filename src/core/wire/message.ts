// The shapes of BGP messages, as the decoder yields them and the encoder takes them.
import type { Address, Prefix } from '../ip/prefix.ts'
import type { AttributeSet } from './attribute-set.ts'

/** An address family: AFI and SAFI (RFC 4760). */
export interface Family {
  readonly afi: number
  readonly safi: number
}

export const IPV4_UNICAST: Family = { afi: 1, safi: 1 }
export const IPV6_UNICAST: Family = { afi: 2, safi: 1 }

/** A capability (RFC 5492). `code` tells which; codes without a type here survive as raw bytes. */
export type Capability =
  | { readonly code: 1; readonly family: Family }
  | { readonly code: 2 }
  /** Extended next hop encoding, RFC 8950. */
  | {
      readonly code: 5
      readonly entries: readonly { readonly family: Family; readonly nextHopAfi: number }[]
    }
  /** Extended message, RFC 8654. */
  | { readonly code: 6 }
  /** Graceful restart, RFC 4724 and 8538. `time` in seconds, 0 to 4095. */
  | {
      readonly code: 64
      readonly restarting: boolean
      readonly notification: boolean
      readonly time: number
      readonly families: readonly { readonly family: Family; readonly forwarding: boolean }[]
    }
  /** Four-octet AS number, RFC 6793. */
  | { readonly code: 65; readonly asn: number }
  /** ADD-PATH, RFC 7911. `direction` is 1 receive, 2 send, 3 both. */
  | {
      readonly code: 69
      readonly entries: readonly { readonly family: Family; readonly direction: number }[]
    }
  /** Enhanced route refresh, RFC 7313. */
  | { readonly code: 70 }
  /** Long-lived graceful restart, RFC 9494. `time` in seconds, 24 bits. */
  | {
      readonly code: 71
      readonly families: readonly {
        readonly family: Family
        readonly forwarding: boolean
        readonly time: number
      }[]
    }
  /** FQDN, draft-walton-bgp-hostname-capability. */
  | { readonly code: 73; readonly host: string; readonly domain: string }
  /** Software version, draft-ietf-idr-software-version. */
  | { readonly code: 75; readonly version: string }
  | { readonly code: 'raw'; readonly rawCode: number; readonly bytes: Uint8Array }

/** OPEN, RFC 4271 §4.2. `myAs` is the two-octet field; the AS that counts is capability 65's when there is one (`openAsn`). */
export interface OpenMessage {
  readonly type: 'open'
  readonly version: number
  readonly myAs: number
  /** Seconds. */
  readonly holdTime: number
  /** BGP identifier as an unsigned 32-bit integer. */
  readonly identifier: number
  readonly capabilities: readonly Capability[]
  /** RFC 9072 extended optional parameters were (or are to be) used. */
  readonly extendedParameters: boolean
}

/** KEEPALIVE, RFC 4271 §4.4. */
export interface KeepaliveMessage {
  readonly type: 'keepalive'
}

/** NOTIFICATION, RFC 4271 §4.5. */
export interface NotificationMessage {
  readonly type: 'notification'
  readonly code: number
  readonly subcode: number
  readonly data: Uint8Array
}

/** ROUTE-REFRESH, RFC 2918 and 7313. `subtype` 0 is a request, 1 BoRR, 2 EoRR. */
export interface RouteRefreshMessage {
  readonly type: 'route-refresh'
  readonly family: Family
  readonly subtype: number
}

/** One route's key in a family: the prefix, and the path identifier where ADD-PATH was negotiated. */
export interface Nlri {
  readonly prefix: Prefix
  readonly pathId?: number
}

/** The next hop of announced routes: one global address, and perhaps a link-local one (RFC 2545). */
export interface NextHop {
  readonly global: Address
  readonly linkLocal?: Address
}

/** Routes of one family announced with one next hop. `raw` holds the NLRI bytes of a family that is not decoded. */
export interface Reach {
  readonly family: Family
  readonly nextHop: NextHop | undefined
  /** The next hop field as it stood on the wire. */
  readonly nextHopBytes: Uint8Array
  readonly nlri: readonly Nlri[]
  readonly raw?: Uint8Array
}

/** Routes of one family withdrawn. */
export interface Unreach {
  readonly family: Family
  readonly nlri: readonly Nlri[]
  readonly raw?: Uint8Array
}

/** What RFC 7606 asks for, weakest first. */
export type Disposition = 'accept' | 'attribute-discard' | 'treat-as-withdraw' | 'session-reset'

/** One thing that is wrong with an UPDATE. */
export interface Malformation {
  /** Attribute type code, or undefined when the message itself is malformed. */
  readonly attribute?: number
  readonly disposition: Disposition
  /** What is wrong, in words. */
  readonly reason: string
  /** The rule, for example "RFC 7606 §7.1". */
  readonly clause: string
  /** NOTIFICATION to send should the session be reset (RFC 4271 §6.3). */
  readonly notification: { readonly code: number; readonly subcode: number; readonly data: Uint8Array }
}

/** UPDATE, RFC 4271 §4.3, decoded. The legacy IPv4 fields stand in `reach` and `unreach` beside those of MP_REACH and MP_UNREACH. */
export interface UpdateMessage {
  readonly type: 'update'
  readonly unreach: readonly Unreach[]
  readonly reach: readonly Reach[]
  /** Every attribute but MP_REACH_NLRI, MP_UNREACH_NLRI and NEXT_HOP, discarded ones left out. */
  readonly attributes: AttributeSet
  /** The family whose End-of-RIB this UPDATE is (RFC 4724 §2). */
  readonly endOfRib: Family | undefined
  readonly malformed: readonly Malformation[]
  /** The strongest of `malformed`; 'accept' when there is none (RFC 7606 §3 h). */
  readonly disposition: Disposition
}

export type Message =
  OpenMessage | UpdateMessage | KeepaliveMessage | NotificationMessage | RouteRefreshMessage

/** What the OPENs settled and the codec must know. */
export interface CodecContext {
  /** AS numbers in AS_PATH and AGGREGATOR have four octets (RFC 6793). */
  readonly fourOctetAs: boolean
  /** The session is internal (RFC 7606 treats some attributes otherwise). */
  readonly internal: boolean
  /** Families (as "afi/safi") in which received NLRI carry a path identifier (RFC 7911). */
  readonly addPath: ReadonlySet<string>
  /** Families (as "afi/safi") negotiated; NLRI of others are ignored (RFC 7606 §5.3). Undefined: accept all. */
  readonly families?: ReadonlySet<string> | undefined
  /** Largest message, 4096 or 65535 (RFC 8654). */
  readonly maxLength: number
}
