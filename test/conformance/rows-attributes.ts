// The attribute table of RFC 7606, one row an attribute.
import type { Row } from './rows.ts'

export const ATTRIBUTE_ROWS: readonly Row[] = [
  {
    id: 'ORIGIN',
    claim: 'Length 1 and a value up to 2, or the routes are withdrawn',
    source: 'RFC 7606 §7.1',
  },
  {
    id: 'AS_PATH',
    claim:
      'Known segment types, none empty, none beyond the end, no octet left, no AS 0, or the routes are withdrawn',
    source: 'RFC 7606 §7.2, RFC 7607 §2',
    note: 'The first AS of the path is not compared with the peer’s: a recorder shows it as it is.',
  },
  {
    id: 'NEXT_HOP',
    claim: 'Length 4 and the address of a host, or the routes are withdrawn',
    source: 'RFC 7606 §7.3, §3 e',
    note: 'Whether it is a host is asked only where the NLRI field uses it (RFC 4760 §3). One that is our own address is recorded as it came.',
  },
  { id: 'MULTI_EXIT_DISC', claim: 'Length 4, or the routes are withdrawn', source: 'RFC 7606 §7.4' },
  {
    id: 'LOCAL_PREF',
    claim: 'Always discarded from outside; inside of length 4, or the routes are withdrawn',
    source: 'RFC 7606 §7.5',
    note: 'With wrong flags the routes are withdrawn also from outside: §3 c, and §7.5 says nothing of flags.',
  },
  {
    id: 'ATOMIC_AGGREGATE',
    claim: 'Length 0, or it is discarded',
    source: 'RFC 7606 §7.6',
    note: 'Wrong flags are §3 c, treat-as-withdraw, as for every attribute without a rule of its own for flags.',
  },
  {
    id: 'AGGREGATOR',
    claim: 'Length 8, or 6 with two-octet AS numbers, and no AS 0, or it is discarded',
    source: 'RFC 7606 §7.7, RFC 7607 §2',
  },
  {
    id: 'COMMUNITIES',
    claim: 'A non-zero multiple of 4, or the routes are withdrawn',
    source: 'RFC 7606 §7.8',
  },
  {
    id: 'ORIGINATOR_ID',
    claim: 'Always discarded from outside; inside of length 4, or the routes are withdrawn',
    source: 'RFC 7606 §7.9',
    note: 'With wrong flags the routes are withdrawn also from outside (§3 c), as FRR does.',
  },
  {
    id: 'CLUSTER_LIST',
    claim: 'Always discarded from outside; inside a non-zero multiple of 4, or the routes are withdrawn',
    source: 'RFC 7606 §7.10',
    note: 'With wrong flags the routes are withdrawn also from outside (§3 c), as FRR does.',
  },
  {
    id: 'MP_REACH_NLRI',
    claim: 'Next hop, NLRI and flags must be right, or the session is reset with 3/9',
    source: 'RFC 7606 §5.3, §7.11',
    note: 'IPv4 with a next hop of 16 or 32 octets is read whether or not RFC 8950 was negotiated: GoBGP sends it so.',
  },
  {
    id: 'MP_UNREACH_NLRI',
    claim: 'Length, NLRI and flags must be right, or the session is reset with 3/9',
    source: 'RFC 7606 §5.3, §7.12',
  },
  {
    id: 'EXTENDED_COMMUNITIES',
    claim: 'A non-zero multiple of 8, or the routes are withdrawn; unknown types are no error',
    source: 'RFC 7606 §7.14',
  },
  {
    id: 'IPV6_EXTENDED_COMMUNITIES',
    claim: 'A non-zero multiple of 20, or the routes are withdrawn; unknown types are no error',
    source: 'RFC 7606 §7.15',
  },
  {
    id: 'LARGE_COMMUNITY',
    claim: 'A non-zero multiple of 12, or the routes are withdrawn',
    source: 'RFC 8092 §6',
  },
  {
    id: 'AS4_PATH',
    claim:
      'Discarded between speakers of four octets, and where malformed; confederation segments are dropped',
    source: 'RFC 6793 §6',
  },
  {
    id: 'AS4_AGGREGATOR',
    claim: 'Discarded between speakers of four octets, and where its length is not 8',
    source: 'RFC 6793 §6',
  },
  { id: 'ONLY_TO_CUSTOMER', claim: 'Length 4, or the routes are withdrawn', source: 'RFC 9234 §5' },
  {
    id: 'raw',
    claim:
      'Optional attributes without a row are kept byte for byte, unknown well-known ones reset the session',
    source: 'RFC 4271 §5, §6.3',
    note: 'AIGP, BGP Prefix-SID and BGP-LS are raw: their values are not judged.',
  },
]
