// Rows 1 to 33: how a session comes up, stays up and ends.
import type { Row } from './rows.ts'

export const FRAMING_ROWS: readonly Row[] = [
  { id: 1, claim: 'Messages are found however TCP cuts the stream', source: 'RFC 4271 §4.1' },
  {
    id: 2,
    claim:
      'A bad marker, length or type is answered with 1/1, 1/2 or 1/3, the last two with the value as data',
    source: 'RFC 4271 §6.1',
  },
  {
    id: 3,
    claim:
      'Shortest lengths by type; more than 4096 octets only from a peer to which we announced it, to a peer that announced it',
    source: 'RFC 4271 §4.1, RFC 8654 §4',
    note: 'We send them only where both announced it: FRR announces that it takes them, and refuses them from who did not.',
  },
  {
    id: 4,
    claim: 'OPEN and KEEPALIVE stay within 4096 octets in any case; an UPDATE may have 65535',
    source: 'RFC 8654 §4',
  },
  {
    id: 5,
    claim: 'Another version than 4 is answered with 2/1 and the version we speak',
    source: 'RFC 4271 §6.2',
  },
  {
    id: 6,
    claim:
      'The AS that counts is that of capability 65; AS_TRANS may stand in the old field; a wrong AS gets 2/2',
    source: 'RFC 4271 §6.2, RFC 6793 §4',
  },
  { id: 7, claim: 'Identifier 0 gets 2/3; our own identifier only inside our AS', source: 'RFC 6286 §2' },
  {
    id: 8,
    claim: 'Hold time 1 or 2 gets 2/6; the smaller offer holds; 0 means no timers',
    source: 'RFC 4271 §4.2, §6.2',
  },
  {
    id: 9,
    claim: 'KEEPALIVE at a third of the hold time, spread downwards, never more often than each second',
    source: 'RFC 4271 §4.4, §10',
  },
  {
    id: 10,
    claim: 'An unknown optional parameter gets 2/4, a malformed one 2/0; unknown capabilities are ignored',
    source: 'RFC 4271 §6.2, RFC 5492 §3',
  },
  {
    id: 11,
    claim: 'Capabilities may share a parameter, have one each, or appear twice',
    source: 'RFC 5492 §4',
  },
  {
    id: 12,
    claim: 'We require no capability, so nobody gets 2/7; a peer may come again with fewer of them',
    source: 'RFC 5492 §5',
  },
  {
    id: 13,
    claim:
      'Extended optional parameters are understood in OPENs of any size, and sent when the size needs them',
    source: 'RFC 9072 §2',
  },
  {
    id: 14,
    claim: 'Without any multiprotocol capability IPv4 unicast is meant, with one only what it names',
    source: 'RFC 4760 §8',
  },
  { id: 15, claim: 'An OPEN of 29 octets, without capabilities, is acceptable', source: 'RFC 4271 §4.2' },
  {
    id: 16,
    claim: 'Roles that do not fit get 2/11',
    source: 'RFC 9234 §4.2',
    missing: 'Roles are not offered yet.',
  },
  {
    id: 17,
    claim: 'ADD-PATH is settled for each family and direction',
    source: 'RFC 7911 §4',
  },
  { id: 18, claim: 'The SAFI in the extended next hop capability has two octets', source: 'RFC 8950 §4' },
  {
    id: 19,
    claim: 'A graceful-restart capability may name no family: nothing is kept then',
    source: 'RFC 4724 §3',
  },
  {
    id: 20,
    claim: 'Long-lived graceful restart counts only beside graceful restart',
    source: 'RFC 9494 §3.1',
    missing: 'The capability is read and printed; what it asks for is left for later.',
  },
]

export const SESSION_ROWS: readonly Row[] = [
  {
    id: 21,
    claim: 'OpenSent waits four minutes, OpenConfirm the negotiated hold time',
    source: 'RFC 4271 §8.2.2',
  },
  {
    id: 22,
    claim: 'A message out of turn gets 5/1, 5/2 or 5/3 by state, with its type as data',
    source: 'RFC 6608 §3',
  },
  {
    id: 23,
    claim: 'Hold expiry sends 4/0; KEEPALIVE and UPDATE both restart the timer',
    source: 'RFC 4271 §6.5, §8.2.2',
  },
  {
    id: 24,
    claim: 'A peer that takes nothing any more is given up after the send hold time',
    source: 'RFC 9687',
  },
  {
    id: 25,
    claim:
      'Of two connections that collide, the one of the higher identifier stays; equal ones are settled by AS',
    source: 'RFC 4271 §6.8, RFC 6286 §2.3',
  },
  {
    id: 26,
    claim: 'A collision is settled when an OPEN has come; Established wins',
    source: 'RFC 4271 §6.8',
  },
  {
    id: 27,
    claim: 'The connection that loses gets 6/7, and what it still does disturbs nobody',
    source: 'RFC 4486 §4',
  },
  {
    id: 28,
    claim:
      'A second connection while Established is refused with 6/7, or takes over silently where graceful restart was agreed for a family',
    source: 'RFC 4724 §4.2, §5',
  },
  { id: 29, claim: 'A NOTIFICATION is never answered, not even a malformed one', source: 'RFC 4271 §6.4' },
  { id: 30, claim: 'A NOTIFICATION is followed by FIN and arrives although input is unread', source: 'TCP' },
  {
    id: 31,
    claim:
      'Cease subcodes have their names; the text of 6/2 and 6/4 is UTF-8 of at most 255 octets, and nothing else is read as text',
    source: 'RFC 4486, RFC 8538, RFC 9003 §2, RFC 9384',
    note: 'We cut our text at the 128 octets of RFC 8203, because some still end the session over more.',
  },
  {
    id: 32,
    claim: 'A peer may dial again at once',
    source: 'RFC 4271 §8.1.1, §10',
  },
  {
    id: 33,
    claim: 'Too many prefixes end the session with 6/1, family and limit as data',
    source: 'RFC 4486 §4',
  },
]
