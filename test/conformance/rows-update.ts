// Rows 34 to 77: UPDATE, and what stands in paths.
import type { Row } from './rows.ts'

const SENDING = 'Sending or choosing routes as a real router does is left for later.'
const REFLECTION = 'Reflection is left for later.'

export const UPDATE_ROWS: readonly Row[] = [
  {
    id: 34,
    claim: 'Field lengths that exceed the message reset the session with 3/1',
    source: 'RFC 7606 §3 b',
  },
  {
    id: 35,
    claim:
      'An attribute that does not fit its list costs the routes; NLRI are found by the Total Attribute Length',
    source: 'RFC 7606 §4',
  },
  {
    id: 36,
    claim:
      'Of an attribute that appears twice the first counts; MP_REACH_NLRI or MP_UNREACH_NLRI twice resets with 3/1',
    source: 'RFC 7606 §3 g',
  },
  { id: 37, claim: 'All errors are found before the strongest is acted upon', source: 'RFC 7606 §3 h' },
  {
    id: 38,
    claim: 'Treat-as-withdraw takes all NLRI of the message out of the Adj-RIB-In, wherever they stand',
    source: 'RFC 7606 §2, §6',
  },
  {
    id: 39,
    claim: 'An error beyond discard in a message that announces nothing resets the session',
    source: 'RFC 7606 §5.2',
  },
  {
    id: 40,
    claim:
      'NLRI that cannot be read reset the session, with 3/10 in the classic fields; families not negotiated are ignored, right or wrong',
    source: 'RFC 7606 §3 i, §3 j, §5.3',
  },
  {
    id: 41,
    claim: 'Bits behind the prefix length are cleared',
    source: 'RFC 4271 §4.3',
    note: 'Prefixes that no unicast route can have, as multicast ones, are recorded as they came, where RFC 4271 §6.3 would ignore them.',
  },
  {
    id: 42,
    claim: 'A mandatory attribute that is missing costs the routes, and nothing where there are none',
    source: 'RFC 7606 §3 d',
  },
  {
    id: 43,
    claim: 'MP_REACH_NLRI is taken anywhere in the list',
    source: 'RFC 7606 §5.1',
    missing: 'That we send it first is proven only for what we send by ourselves.',
  },
  {
    id: 44,
    claim: 'All four places of routes are taken at once',
    source: 'RFC 7606 §5.1',
    missing: 'That a sender uses one of them at a time is left for later.',
  },
  { id: 45, claim: 'A prefix withdrawn and announced at once is announced', source: 'RFC 4271 §4.3' },
  {
    id: 46,
    claim: 'Next hops have the lengths of their family; those of families that stay raw are kept as they are',
    source: 'RFC 4760 §3, RFC 2545 §3, RFC 8950 §3',
  },
  { id: 47, claim: 'Link-local addresses in odd places are recorded as they came', source: 'RFC 2545' },
  {
    id: 48,
    claim: 'NEXT_HOP does not matter where MP_REACH_NLRI alone announces',
    source: 'RFC 4760 §3',
    note: 'Of a wrong length it is malformed all the same (RFC 7606 §7.3).',
  },
  { id: 49, claim: 'IPv4 unicast may come in MP_REACH_NLRI, also beside the NLRI field', source: 'RFC 4760' },
  { id: 50, claim: 'End-of-RIB in all its forms', source: 'RFC 4724 §2' },
  { id: 51, claim: 'Attributes without routes are legal and no End-of-RIB', source: 'RFC 4271 §4.3' },
  {
    id: 52,
    claim: 'Extended Length is read on short attributes and used above 255 octets',
    source: 'RFC 4271 §4.3',
  },
  { id: 53, claim: 'The lower four flag bits are ignored', source: 'RFC 4271 §4.3' },
  {
    id: 54,
    claim: 'Unknown transitive attributes are forwarded with the Partial bit',
    source: 'RFC 4271 §5',
    missing: 'We forward no routes yet. What is received is under “raw” above.',
  },
  { id: 55, claim: 'Unknown attributes come back byte for byte', source: 'RFC 4271 §5' },
  {
    id: 56,
    claim: 'With ADD-PATH the path identifier is part of the key, in announcements and withdrawals',
    source: 'RFC 7911 §3, §5',
  },
  {
    id: 57,
    claim: 'Path identifiers that nobody negotiated are noticed',
    source: 'practice',
  },
  { id: 58, claim: 'Messages are filled to the limit, and none is empty', source: 'RFC 4271 §4.3' },
  {
    id: 59,
    claim: 'A route that exceeds the largest message is not sent',
    source: 'RFC 8654 §4',
    missing: 'Dropping attributes to make it fit is left for later.',
  },
]

export const PATH_ROWS: readonly Row[] = [
  { id: 60, claim: 'A route with our own AS in its path is recorded', source: 'RFC 4271 §9.1.2' },
  { id: 61, claim: 'An empty AS_PATH is what an internal peer gets from us', source: 'RFC 4271 §5.1.2' },
  {
    id: 62,
    claim: 'A sequence of more than 255 goes on in another segment',
    source: 'RFC 4271 §5.1.2',
    missing: SENDING,
  },
  {
    id: 63,
    claim: 'Confederation segments from outside are malformed',
    source: 'RFC 5065',
    missing: 'We are in no confederation: leaving one is left for later.',
  },
  { id: 64, claim: 'AS4_PATH only where a number needs it', source: 'RFC 6793 §3, §4.1' },
  {
    id: 65,
    claim: 'AS_PATH and AS4_PATH are merged from the right, counting as the RFC counts',
    source: 'RFC 6793 §4.2.3',
  },
  {
    id: 66,
    claim: 'An AGGREGATOR that is not AS_TRANS makes both AS4 attributes void',
    source: 'RFC 6793 §4.2.3',
  },
  {
    id: 67,
    claim: 'AS4_PATH holds no confederation segments, sent or received',
    source: 'RFC 6793 §4.2.2, §6',
  },
  { id: 68, claim: 'AS_TRANS is nobody’s AS', source: 'RFC 6793 §9' },
  { id: 69, claim: 'AS 0 is refused in an OPEN and malformed in attributes', source: 'RFC 7607 §2' },
  { id: 70, claim: 'What a reflector adds and leaves alone', source: 'RFC 4456', missing: REFLECTION },
  { id: 71, claim: 'To whom a reflector reflects', source: 'RFC 4456', missing: REFLECTION },
  { id: 72, claim: 'How reflected routes are compared', source: 'RFC 4456', missing: REFLECTION },
  {
    id: 73,
    claim: 'LOCAL_PREF goes to internal peers only',
    source: 'RFC 4271 §5.1.4, §5.1.5',
    missing: SENDING,
  },
  {
    id: 74,
    claim: 'Our own address is the next hop, unless one is given',
    source: 'RFC 4271 §5.1.3',
    missing: SENDING,
  },
  { id: 75, claim: 'Well-known communities bind who forwards', source: 'RFC 1997', missing: SENDING },
  {
    id: 76,
    claim: 'MULTI_EXIT_DISC is compared within one neighbour AS',
    source: 'RFC 4271 §9.1.2.2',
    missing: SENDING,
  },
  { id: 77, claim: 'Without a policy everything is accepted', source: 'RFC 8212' },
]
