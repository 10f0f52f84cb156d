// Rows 78 to 117: refresh, graceful restart, transport.
import type { Row } from './rows.ts'

const LONG_LIVED = 'Long-lived graceful restart is left for later.'
const RESTARTING = 'The restarting side is left for later: we are a helper.'

export const REFRESH_ROWS: readonly Row[] = [
  { id: 78, claim: 'ROUTE-REFRESH for a family that was not negotiated is ignored', source: 'RFC 2918 §4' },
  {
    id: 79,
    claim:
      'Unknown subtypes are ignored at any length; a wrong length of a known one gets 7/1 with the message, where the peer speaks RFC 7313',
    source: 'RFC 7313 §5',
    note: 'Subtype 0 of a wrong length gets 7/1 there too; from other peers every wrong length gets 1/2.',
  },
  {
    id: 80,
    claim:
      'What is not announced between BoRR and EoRR goes; a second BoRR begins anew; before the peer’s End-of-RIB it is ignored, and ours never comes before our own',
    source: 'RFC 7313 §4',
    missing: 'There is no upper bound for an EoRR that never comes (RFC 7313 §4 allows one).',
  },
  { id: 81, claim: 'The answer is everything, changed or not, each time', source: 'RFC 2918 §4' },
  {
    id: 82,
    claim: 'Filters (ORF) behind the four octets are a wrong length: we never offer them',
    source: 'RFC 5291',
  },
]

export const RESTART_ROWS: readonly Row[] = [
  {
    id: 83,
    claim: 'R, N, restart time and F stand where the RFCs put them',
    source: 'RFC 4724 §3, RFC 8538 §2',
  },
  { id: 84, claim: 'Only families of the previous capability are kept', source: 'RFC 4724 §4.2' },
  {
    id: 85,
    claim: 'The new OPEN decides at once: no capability, no family or F=0 flushes',
    source: 'RFC 4724 §4.2',
  },
  { id: 86, claim: 'End-of-RIB sweeps its family, and no other', source: 'RFC 4724 §4.2' },
  { id: 87, claim: 'End-of-RIB before any route means that there is none', source: 'RFC 4724 §4.2' },
  { id: 88, claim: 'The same route again takes the mark away without churn', source: 'RFC 4724 §4.2' },
  {
    id: 89,
    claim: 'The restart timer has the previous OPEN’s value and stops at Established; 0 keeps nothing',
    source: 'RFC 4724 §4.2',
  },
  {
    id: 90,
    claim: 'The stale timer bounds what stays without End-of-RIB',
    source: 'RFC 4724 §4.2, RFC 8538 §4',
  },
  {
    id: 91,
    claim: 'A second restart deletes what was stale already, but not with N on both sides',
    source: 'RFC 4724 §4.2, RFC 8538 §4',
    missing: 'The same for long-lived graceful restart.',
  },
  { id: 92, claim: 'Without N on both sides a NOTIFICATION flushes', source: 'RFC 4724 §5' },
  {
    id: 93,
    claim: 'With N on both sides NOTIFICATION and hold expiry keep, Hard Reset does not',
    source: 'RFC 8538 §4',
  },
  {
    id: 94,
    claim: 'A Hard Reset says what it stands for, and is one whatever was negotiated',
    source: 'RFC 8538 §3',
    missing: 'That we send one only where the peer offered N is left to who orders it.',
  },
  { id: 95, claim: 'R is set only after a restart', source: 'RFC 4724 §4.1', missing: RESTARTING },
  { id: 96, claim: 'Selection is deferred after a restart', source: 'RFC 4724 §4.1', missing: RESTARTING },
  {
    id: 97,
    claim: 'End-of-RIB is sent after the initial set, also when that is empty',
    source: 'RFC 4724 §4.1, §4.2',
  },
  { id: 98, claim: 'R has no say in what is kept', source: 'RFC 4724 §4.2' },
  { id: 99, claim: 'A new connection while Established begins the stale phase', source: 'RFC 4724 §5' },
  { id: 100, claim: 'BFD may flush early', source: 'RFC 4724 §4.2', missing: 'We speak no BFD.' },
  {
    id: 101,
    claim: 'The long-lived phase begins when the restart time ends',
    source: 'RFC 9494 §4.2',
    missing: LONG_LIVED,
  },
  {
    id: 102,
    claim: 'Long-lived stale routes go only to those who know of them',
    source: 'RFC 9494 §4.3, §4.6',
    missing: LONG_LIVED,
  },
  {
    id: 103,
    claim: 'The long-lived time runs on across sessions',
    source: 'RFC 9494 §4.2',
    missing: LONG_LIVED,
  },
  {
    id: 104,
    claim: 'Restart time 0 leads straight to the long-lived phase',
    source: 'RFC 9494 §4.2',
    missing: LONG_LIVED,
  },
  {
    id: 105,
    claim: 'The long-lived F bit is judged by itself',
    source: 'RFC 9494 §4.2',
    missing: LONG_LIVED,
  },
  {
    id: 106,
    claim: 'LLGR_STALE that was received makes a route least preferred',
    source: 'RFC 9494 §4.3',
    missing: LONG_LIVED,
  },
  { id: 107, claim: 'The API says what is stale, since when and until when', source: 'practice' },
]

export const TRANSPORT_ROWS: readonly Row[] = [
  {
    id: 108,
    claim: 'GTSM: TTL 255 both ways',
    source: 'RFC 5082',
  },
  {
    id: 109,
    claim: 'A wrong TCP MD5 key is told as what it is',
    source: 'RFC 2385',
  },
  {
    id: 110,
    claim: 'TCP-AO keys roll over',
    source: 'RFC 5925',
    missing: 'TCP-AO needs Linux 6.7 and none of the four daemons has it to try it with; not offered yet.',
  },
  {
    id: 111,
    claim: 'IPv4-mapped addresses and zones are normalised before a peer is looked up',
    source: 'practice',
  },
  {
    id: 112,
    claim: 'No Nagle delay, a bounded write queue, reading that yields to KEEPALIVEs',
    source: 'practice',
  },
  { id: 113, claim: 'A peer may go before our OPEN reached it', source: 'practice' },
  { id: 114, claim: 'A connection from nobody we know gets 6/5 and is recorded', source: 'RFC 4486' },
  { id: 115, claim: 'Several nodes behind one address are several peers', source: 'practice' },
  {
    id: 116,
    claim: 'A connection left half-open by a crash is found out when its peer returns',
    source: 'practice',
  },
  { id: 117, claim: 'Our timers run on a virtual clock against a real peer', source: 'practice' },
]
