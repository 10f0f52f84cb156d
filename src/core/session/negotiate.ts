// What our OPEN says, what a peer's OPEN may say, and what the two settle.
import { BgpError } from '../errors/bgp-error.ts'
import { familyKey, sameFamily } from '../wire/families.ts'
import { MAX_EXTENDED_LENGTH, MAX_LENGTH } from '../wire/framing.ts'
import {
  IPV4_UNICAST,
  type Capability,
  type CodecContext,
  type Family,
  type OpenMessage,
} from '../wire/message.ts'
import { BGP_VERSION, capabilities, capability, myAsField, openAsn } from '../wire/open.ts'
import { SECOND, type LocalIdentity, type Micros, type PeerTerms } from './terms.ts'

export type GracefulRestartCapability = Extract<Capability, { code: 64 }>

/** Bits of Send/Receive in the ADD-PATH capability: 3 is both (RFC 7911 §4). */
const RECEIVE = 1
const SEND = 2

const NO_PATHS: ReadonlySet<string> = new Set()

/** What two OPENs settled. */
export interface Negotiated {
  readonly peerAsn: number
  readonly internal: boolean
  /** Seconds; 0 means neither hold timer nor KEEPALIVEs. */
  readonly holdTime: number
  /** Families that both sides offered, in the order of our offer. */
  readonly families: readonly Family[]
  /** For what we receive, and for what we send. */
  readonly receive: CodecContext
  readonly send: CodecContext
  /** The peer takes ROUTE-REFRESH (RFC 2918). */
  readonly routeRefresh: boolean
  /** Both sides speak RFC 7313: answers to a ROUTE-REFRESH stand between BoRR and EoRR. */
  readonly enhancedRouteRefresh: boolean
  /** IPv4 routes may carry IPv6 next hops (RFC 8950). */
  readonly extendedNextHop: boolean
}

/** Our OPEN: capabilities 1, 2, 65 and 64, then 5, 6, 69 and 70 where asked for. R is never set: we do not restart. */
export function openFor(us: LocalIdentity, terms: PeerTerms): OpenMessage {
  const restart = terms.gracefulRestart
  const offers: Capability[] = terms.families.map((family) => ({ code: 1, family }))
  offers.push({ code: 2 }, { code: 65, asn: us.asn })
  if (restart !== undefined) {
    offers.push({
      code: 64,
      restarting: false,
      notification: restart.notification,
      time: restart.time,
      families: restart.families.map((family) => ({ family, forwarding: false })),
    })
  }
  if (terms.extendedNextHop) offers.push({ code: 5, entries: [{ family: IPV4_UNICAST, nextHopAfi: 2 }] })
  if (terms.extendedMessages) offers.push({ code: 6 })
  if (terms.addPath === 'receive')
    offers.push({ code: 69, entries: terms.families.map((family) => ({ family, direction: RECEIVE })) })
  if (terms.enhancedRouteRefresh) offers.push({ code: 70 })
  return {
    type: 'open',
    version: BGP_VERSION,
    myAs: myAsField(us.asn),
    holdTime: terms.holdTime,
    identifier: us.identifier,
    capabilities: offers,
    extendedParameters: terms.extendedParameters ?? false,
  }
}

/**
 * Why we refuse an OPEN that nobody need refuse: not the AS that is configured, or our own identifier inside our AS
 * (RFC 4271 §6.2, RFC 6286 §2.2). What is wrong in itself (AS 0, hold time 1, …) the decoder has refused already.
 */
export function objectionTo(open: OpenMessage, us: LocalIdentity, terms: PeerTerms): BgpError | undefined {
  const asn = openAsn(open)
  if (terms.asn !== undefined && asn !== terms.asn && terms.otherAsns?.includes(asn) !== true) {
    const configured = [terms.asn, ...(terms.otherAsns ?? [])].join(' or ')
    return new BgpError('BGP_ERR_OPEN_PEER_AS', `AS ${asn} where ${configured} is configured`)
  }
  if (open.identifier === us.identifier && asn === us.asn)
    return new BgpError('BGP_ERR_OPEN_IDENTIFIER', 'it is ours', undefined, 'RFC 6286 §2.2')
  return undefined
}

/** What our OPEN and the peer's settle. */
export function negotiate(sent: OpenMessage, received: OpenMessage): Negotiated {
  const peerAsn = openAsn(received)
  const internal = peerAsn === openAsn(sent)
  const theirs = offered(received)
  const families = offered(sent).filter((family) => theirs.some((other) => sameFamily(family, other)))
  const keys = new Set(families.map(familyKey))
  const fourOctetAs = capability(sent, 65) !== undefined && capability(received, 65) !== undefined
  const context = { fourOctetAs, internal, families: keys }
  const paths = families.filter((family) => addPath(sent, family, RECEIVE) && addPath(received, family, SEND))
  return {
    peerAsn,
    internal,
    holdTime: Math.min(sent.holdTime, received.holdTime),
    families,
    receive: {
      ...context,
      addPath: paths.length === 0 ? NO_PATHS : new Set(paths.map(familyKey)),
      maxLength: largest(sent),
    },
    // RFC 8654 §4 lets us send long messages to a peer that offered to take them. FRR offers, and yet refuses them with
    // 1/2 from a peer that did not: so we send them only where both did. We have one path of each prefix, and never
    // offer to send more.
    send: { ...context, addPath: NO_PATHS, maxLength: Math.min(largest(sent), largest(received)) },
    routeRefresh: capability(received, 2) !== undefined,
    enhancedRouteRefresh: capability(sent, 70) !== undefined && capability(received, 70) !== undefined,
    extendedNextHop: takesIpv6NextHop(sent) && takesIpv6NextHop(received),
  }
}

/** The graceful-restart capability of an OPEN (RFC 4724 §3). */
export function gracefulRestart(open: OpenMessage | undefined): GracefulRestartCapability | undefined {
  return open && capability(open, 64)
}

/**
 * Time between KEEPALIVEs: a third of the hold time, spread to 0.75–1.0 of that so that sessions do not beat in
 * step, never below a second (RFC 4271 §4.4, §10). The spread comes from the session number: no randomness here.
 */
export function keepaliveInterval(holdTime: number, session: number): Micros {
  const spread = 0.75 + 0.25 * ((session * 0.618_033_988_749_895) % 1)
  return Math.max(SECOND, Math.floor((holdTime * SECOND * spread) / 3))
}

/** No multiprotocol capability at all means IPv4 unicast (RFC 4760 §8). */
function offered(open: OpenMessage): Family[] {
  const families: Family[] = []
  let multiprotocol = false
  for (const entry of open.capabilities) {
    if (entry.code !== 1) continue
    multiprotocol = true
    if (!families.some((family) => sameFamily(family, entry.family))) families.push(entry.family)
  }
  return multiprotocol ? families : [IPV4_UNICAST]
}

/** Whether an OPEN offers this direction of ADD-PATH for a family. */
function addPath(open: OpenMessage, family: Family, direction: number): boolean {
  return capabilities(open, 69).some(({ entries }) =>
    entries.some((entry) => sameFamily(entry.family, family) && (entry.direction & direction) !== 0),
  )
}

function largest(open: OpenMessage): number {
  return capability(open, 6) === undefined ? MAX_LENGTH : MAX_EXTENDED_LENGTH
}

function takesIpv6NextHop(open: OpenMessage): boolean {
  const entries = capability(open, 5)?.entries ?? []
  return entries.some(({ family, nextHopAfi }) => sameFamily(family, IPV4_UNICAST) && nextHopAfi === 2)
}
