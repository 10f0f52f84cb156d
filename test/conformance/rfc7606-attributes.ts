// Malformed and well-formed attributes as data, one case a line; ./rfc7606-cases.ts says how a line is read.
// Every octet stands here as an RFC gives it: nothing in these tables comes from an encoder of ours.

export const ATTRIBUTE_CASES = `
[attribute ORIGIN]     | O P N L              | IGP                                  | accept            | RFC 4271 §4.3
[attribute ORIGIN]     | P N L 40010101       | EGP                                  | accept            | RFC 4271 §4.3
[attribute ORIGIN]     | P N L 400100         | length 0                             | withdraw          | RFC 7606 §7.1
[attribute ORIGIN]     | P N L 4001020000     | length 2                             | withdraw          | RFC 7606 §7.1
[attribute ORIGIN]     | P N L 500100020000   | length 2 with Extended Length        | withdraw          | RFC 7606 §7.1
[attribute ORIGIN]     | P N L 40010103       | value 3                              | withdraw          | RFC 7606 §7.1
[attribute ORIGIN]     | P N L 400101ff       | value 255                            | withdraw          | RFC 7606 §7.1
[attribute ORIGIN]     | P N L c0010100       | Optional set                         | withdraw          | RFC 7606 §3 c
[attribute ORIGIN]     | P N L 00010100       | Transitive clear                     | withdraw          | RFC 7606 §3 c
[attribute ORIGIN]     | P N L 80010100       | optional non-transitive              | withdraw          | RFC 7606 §3 c

[attribute AS_PATH]    | O N L 400200                           | empty                        | accept   | RFC 7606 §4
[attribute AS_PATH]    | O N L 40020c 0201 0000fc00 0101 0000fc01 | a sequence and a set       | accept   | RFC 4271 §4.3
[attribute AS_PATH]    | O N L 400206 0501 0000fc00             | segment type 5               | withdraw | RFC 7606 §7.2
[attribute AS_PATH]    | O N L 400206 0001 0000fc00             | segment type 0               | withdraw | RFC 7606 §7.2
[attribute AS_PATH]    | O N L 400202 0200                      | an empty segment             | withdraw | RFC 7606 §7.2
[attribute AS_PATH]    | O N L 400208 0201 0000fc00 0200        | an empty second segment      | withdraw | RFC 7606 §7.2
[attribute AS_PATH]    | O N L 400206 0202 0000fc00             | a segment that overruns      | withdraw | RFC 7606 §7.2
[attribute AS_PATH]    | O N L 400205 0201 0000fc               | one octet too few            | withdraw | RFC 7606 §7.2
[attribute AS_PATH]    | O N L 400207 0201 0000fc00 02          | one octet left               | withdraw | RFC 7606 §7.2
[attribute AS_PATH]    | O N L 400204 0201 fc00                 | AS numbers of two octets     | withdraw | RFC 7606 §7.2
[attribute AS_PATH]    | O N L 400206 0201 00000000             | AS 0                         | withdraw | RFC 7607 §2
[attribute AS_PATH]    | O N L 40020a 0202 0000fc00 00000000    | AS 0 behind another          | withdraw | RFC 7607 §2
[attribute AS_PATH]    | O N L 400206 0301 0000fde8             | a confederation sequence     | withdraw accept | RFC 5065 §5
[attribute AS_PATH]    | O N L 400206 0401 0000fde8             | a confederation set          | withdraw accept | RFC 5065 §5
[attribute AS_PATH]    | O N L c00206 0201 0000fc00             | Optional set                 | withdraw | RFC 7606 §3 c
[attribute AS_PATH]    | O N L 000206 0201 0000fc00             | Transitive clear             | withdraw | RFC 7606 §3 c

[attribute NEXT_HOP]   | O P L 400300                           | length 0                     | withdraw | RFC 7606 §7.3
[attribute NEXT_HOP]   | O P L 400303 7f0000                    | length 3                     | withdraw | RFC 7606 §7.3
[attribute NEXT_HOP]   | O P L 400305 7f00000e00                | length 5                     | withdraw | RFC 7606 §7.3
[attribute NEXT_HOP]   | O P L 400310 20010db8000000000000000000000014 | length 16             | withdraw | RFC 7606 §7.3
[attribute NEXT_HOP]   | O P L 400304 00000000                  | 0.0.0.0                      | withdraw | RFC 7606 §3 e
[attribute NEXT_HOP]   | O P L 400304 e0000001                  | a multicast address          | withdraw | RFC 7606 §3 e
[attribute NEXT_HOP]   | O P L 400304 ffffffff                  | the broadcast address        | withdraw | RFC 7606 §3 e
[attribute NEXT_HOP]   | O P L c00304 7f00000e                  | Optional set                 | withdraw | RFC 7606 §3 c
[attribute NEXT_HOP]   | O P L 000304 7f00000e                  | Transitive clear             | withdraw | RFC 7606 §3 c
[attribute NEXT_HOP] [row 48] | O P L 400304 00000000 R ; n=    | 0.0.0.0 beside MP_REACH_NLRI alone | accept | RFC 4760 §3

[attribute MULTI_EXIT_DISC] | O P N L 800404 ffffffff           | the largest                  | accept   | RFC 4271 §4.3
[attribute MULTI_EXIT_DISC] | O P N L 800400                    | length 0                     | withdraw | RFC 7606 §7.4
[attribute MULTI_EXIT_DISC] | O P N L 800403 000000             | length 3                     | withdraw | RFC 7606 §7.4
[attribute MULTI_EXIT_DISC] | O P N L 800405 0000000000         | length 5                     | withdraw | RFC 7606 §7.4
[attribute MULTI_EXIT_DISC] | O P N L c00404 00000000           | Transitive set               | withdraw | RFC 7606 §3 c
[attribute MULTI_EXIT_DISC] | O P N L 400404 00000000           | Optional clear               | withdraw | RFC 7606 §3 c

[attribute LOCAL_PREF] | O P N 400504 000000c8                  | well formed                  | discard accept   | RFC 7606 §7.5
[attribute LOCAL_PREF] | O P N 400500                           | length 0                     | discard withdraw | RFC 7606 §7.5
[attribute LOCAL_PREF] | O P N 400503 000000                    | length 3                     | discard withdraw | RFC 7606 §7.5
[attribute LOCAL_PREF] | O P N 400505 0000000000                | length 5                     | discard withdraw | RFC 7606 §7.5
[attribute LOCAL_PREF] | O P N c00504 00000064                  | Optional set                 | withdraw         | RFC 7606 §3 c
[attribute LOCAL_PREF] | O P N 000504 00000064                  | Transitive clear             | withdraw         | RFC 7606 §3 c

[attribute ATOMIC_AGGREGATE] | O P N L 400600                   | well formed                  | accept   | RFC 4271 §4.3
[attribute ATOMIC_AGGREGATE] | O P N L 40060100                 | length 1                     | discard  | RFC 7606 §7.6
[attribute ATOMIC_AGGREGATE] | O P N L 40060400000000           | length 4                     | discard  | RFC 7606 §7.6
[attribute ATOMIC_AGGREGATE] | O P N L c00600                   | Optional set                 | withdraw | RFC 7606 §3 c
[attribute ATOMIC_AGGREGATE] | O P N L 000600                   | Transitive clear             | withdraw | RFC 7606 §3 c

[attribute AGGREGATOR] | O P N L c00708 0000fc00 7f00000e       | well formed                  | accept   | RFC 6793 §3
[attribute AGGREGATOR] | O P N L e00708 0000fc00 7f00000e       | Partial set                  | accept   | RFC 4271 §4.3
[attribute AGGREGATOR] | O P N L c00700                         | length 0                     | discard  | RFC 7606 §7.7
[attribute AGGREGATOR] | O P N L c00706 fc00 7f00000e           | length 6                     | discard  | RFC 7606 §7.7
[attribute AGGREGATOR] | O P N L c00709 0000fc00 7f00000e 00    | length 9                     | discard  | RFC 7606 §7.7
[attribute AGGREGATOR] | O P N L c00708 00000000 7f00000e       | AS 0                         | discard  | RFC 7607 §2
[attribute AGGREGATOR] | O P N L 400708 0000fc00 7f00000e       | Optional clear               | withdraw | RFC 7606 §3 c
[attribute AGGREGATOR] | O P N L 800708 0000fc00 7f00000e       | Transitive clear             | withdraw | RFC 7606 §3 c

[attribute COMMUNITIES] | O P N L c00808 fc000064 ffffff01      | well formed                  | accept   | RFC 1997
[attribute COMMUNITIES] | O P N L e00804 fc000064               | Partial set                  | accept   | RFC 4271 §4.3
[attribute COMMUNITIES] | O P N L c00800                        | length 0                     | withdraw | RFC 7606 §7.8
[attribute COMMUNITIES] | O P N L c00803 fc0000                 | length 3                     | withdraw | RFC 7606 §7.8
[attribute COMMUNITIES] | O P N L c00806 fc000064 fc00          | length 6                     | withdraw | RFC 7606 §7.8
[attribute COMMUNITIES] | O P N L 400804 fc000064               | Optional clear               | withdraw | RFC 7606 §3 c
[attribute COMMUNITIES] | O P N L 800804 fc000064               | Transitive clear             | withdraw | RFC 7606 §3 c

[attribute ORIGINATOR_ID] | O P N L 800904 7f00000e             | well formed                  | discard accept   | RFC 7606 §7.9
[attribute ORIGINATOR_ID] | O P N L 800900                      | length 0                     | discard withdraw | RFC 7606 §7.9
[attribute ORIGINATOR_ID] | O P N L 800903 7f0000               | length 3                     | discard withdraw | RFC 7606 §7.9
[attribute ORIGINATOR_ID] | O P N L 800905 7f00000e00           | length 5                     | discard withdraw | RFC 7606 §7.9
[attribute ORIGINATOR_ID] | O P N L c00904 7f00000e             | Transitive set               | withdraw         | RFC 7606 §3 c

[attribute CLUSTER_LIST] | O P N L 800a08 01010101 02020202     | well formed                  | discard accept   | RFC 7606 §7.10
[attribute CLUSTER_LIST] | O P N L 800a00                       | length 0                     | discard withdraw | RFC 7606 §7.10
[attribute CLUSTER_LIST] | O P N L 800a05 0101010100            | length 5                     | discard withdraw | RFC 7606 §7.10
[attribute CLUSTER_LIST] | O P N L 800a06 010101010000          | length 6                     | discard withdraw | RFC 7606 §7.10
[attribute CLUSTER_LIST] | O P N L 400a04 01010101              | well-known transitive        | withdraw         | RFC 7606 §3 c

[attribute EXTENDED_COMMUNITIES] | O P N L c01008 0002fc0000000064 | a route target            | accept   | RFC 4360 §4
[attribute EXTENDED_COMMUNITIES] | O P N L c01008 3fff000000000000 | an unknown type           | accept   | RFC 7606 §7.14
[attribute EXTENDED_COMMUNITIES] | O P N L c01000               | length 0                     | withdraw | RFC 7606 §7.14
[attribute EXTENDED_COMMUNITIES] | O P N L c01007 0002fc00000000 | length 7                    | withdraw | RFC 7606 §7.14
[attribute EXTENDED_COMMUNITIES] | O P N L c01009 0002fc000000006400 | length 9                | withdraw | RFC 7606 §7.14
[attribute EXTENDED_COMMUNITIES] | O P N L 401008 0002fc0000000064 | Optional clear            | withdraw | RFC 7606 §3 c
[attribute EXTENDED_COMMUNITIES] | O P N L 801008 0002fc0000000064 | Transitive clear          | withdraw | RFC 7606 §3 c

[attribute IPV6_EXTENDED_COMMUNITIES] | O P N L c01914 000220010db80000000000000000000000010064   | a route target  | accept   | RFC 5701 §2
[attribute IPV6_EXTENDED_COMMUNITIES] | O P N L c01914 3fff20010db80000000000000000000000010064   | an unknown type | accept   | RFC 7606 §7.15
[attribute IPV6_EXTENDED_COMMUNITIES] | O P N L c01900                                            | length 0        | withdraw | RFC 7606 §7.15
[attribute IPV6_EXTENDED_COMMUNITIES] | O P N L c01913 000220010db800000000000000000000000100     | length 19       | withdraw | RFC 7606 §7.15
[attribute IPV6_EXTENDED_COMMUNITIES] | O P N L c01915 000220010db8000000000000000000000001006400 | length 21       | withdraw | RFC 7606 §7.15
[attribute IPV6_EXTENDED_COMMUNITIES] | O P N L 801914 000220010db80000000000000000000000010064   | Transitive clear | withdraw | RFC 7606 §3 c

[attribute LARGE_COMMUNITY] | O P N L c0200c 0000fc00 00000001 00000002    | well formed      | accept   | RFC 8092 §3
[attribute LARGE_COMMUNITY] | O P N L c02000                               | length 0         | withdraw | RFC 8092 §6
[attribute LARGE_COMMUNITY] | O P N L c0200b 0000fc00 00000001 000000      | length 11        | withdraw | RFC 8092 §6
[attribute LARGE_COMMUNITY] | O P N L c0200d 0000fc00 00000001 00000002 00 | length 13        | withdraw | RFC 8092 §6
[attribute LARGE_COMMUNITY] | O P N L 80200c 0000fc00 00000001 00000002    | Transitive clear | withdraw | RFC 7606 §3 c

[attribute AS4_PATH]       | O P N L c01106 0201 0000fc00     | between speakers of four octets        | discard  | RFC 6793 §6
[attribute AS4_PATH]       | O P N L c01100                   | length 0                               | discard  | RFC 6793 §6
[attribute AS4_PATH]       | O P N L 801106 0201 0000fc00     | Transitive clear                       | withdraw | RFC 7606 §3 c
[attribute AS4_AGGREGATOR] | O P N L c01208 0000fc00 7f00000e | between speakers of four octets        | discard  | RFC 6793 §6
[attribute AS4_AGGREGATOR] | O P N L 401208 0000fc00 7f00000e | Optional clear                         | withdraw | RFC 7606 §3 c

[attribute ONLY_TO_CUSTOMER] | O P N L c02304 0000fc00        | well formed                            | accept   | RFC 9234 §5
[attribute ONLY_TO_CUSTOMER] | O P N L c02300                 | length 0                               | withdraw | RFC 9234 §5
[attribute ONLY_TO_CUSTOMER] | O P N L c02303 00fc00          | length 3                               | withdraw | RFC 9234 §5
[attribute ONLY_TO_CUSTOMER] | O P N L c02305 0000fc0000      | length 5                               | withdraw | RFC 9234 §5
[attribute ONLY_TO_CUSTOMER] | O P N L 802304 0000fc00        | Transitive clear                       | withdraw | RFC 7606 §3 c

[attribute raw]        | O P N L 801a0b 01000b0000000000000064  | AIGP                         | accept   | RFC 4271 §5
[attribute raw]        | O P N L c0280a 01000700000000000064    | BGP Prefix-SID               | accept   | RFC 4271 §5
[attribute raw]        | O P N L 801d06 04020002fc00            | BGP-LS                       | accept   | RFC 4271 §5
[attribute raw]        | O P N L c06300                         | an unknown optional one of length 0 | accept | RFC 4271 §5
[attribute raw]        | O P N L 806303 0102ff                  | an unknown non-transitive one | accept  | RFC 4271 §5
[attribute raw]        | O P N L 40630100                       | an unknown well-known one    | reset    | RFC 4271 §6.3 | 3/2 *
[attribute raw]        | O P N L 00630100                       | an unknown one without any flag | reset | RFC 4271 §6.3 | 3/2 *
`

/** The same on sessions where one side has two-octet AS numbers only. */
export const TWO_OCTET_CASES = `
[attribute AS_PATH]        | O N L 400206 0202 fc00 5ba0            | two numbers, one AS_TRANS    | accept   | RFC 6793 §4.2
[attribute AS_PATH]        | O N L 400204 0202 fc00                 | a segment that overruns      | withdraw | RFC 7606 §7.2
[attribute AS_PATH]        | O N L 400204 0201 0000                 | AS 0                         | withdraw | RFC 7607 §2
[attribute AGGREGATOR]     | O P N L c00706 fc00 7f00000e           | well formed                  | accept   | RFC 4271 §4.3
[attribute AGGREGATOR]     | O P N L c00708 0000fc00 7f00000e       | length 8                     | discard  | RFC 7606 §7.7
[attribute AGGREGATOR]     | O P N L c00705 fc00 7f0000             | length 5                     | discard  | RFC 7606 §7.7
[attribute AGGREGATOR]     | O P N L c00706 0000 7f00000e           | AS 0                         | discard  | RFC 7607 §2
[attribute AS4_PATH]       | O P N L c0110a 0202 0000fc00 00010000  | well formed                  | accept   | RFC 6793 §3
[attribute AS4_PATH]       | O P N L c0110c 0301 0000fde8 0201 00010000 | confederation segments, which are dropped | accept | RFC 6793 §6
[attribute AS4_PATH]       | O P N L c01100                         | length 0                     | discard  | RFC 6793 §6
[attribute AS4_PATH]       | O P N L c01104 0201 fc00               | length 4                     | discard  | RFC 6793 §6
[attribute AS4_PATH]       | O P N L c01107 0201 0000fc00 02        | length 7                     | discard  | RFC 6793 §6
[attribute AS4_PATH]       | O P N L c01108 0200 0201 0000fc00      | an empty segment             | discard  | RFC 6793 §6
[attribute AS4_PATH]       | O P N L c01106 0202 0000fc00           | a segment that overruns      | discard  | RFC 6793 §6
[attribute AS4_PATH]       | O P N L c01106 0501 0000fc00           | segment type 5               | discard  | RFC 6793 §6
[attribute AS4_AGGREGATOR] | O P N L c01208 00010000 7f00000e       | well formed                  | accept   | RFC 6793 §3
[attribute AS4_AGGREGATOR] | O P N L c01206 fc00 7f00000e           | length 6                     | discard  | RFC 6793 §6
[attribute AS4_AGGREGATOR] | O P N L c01200                         | length 0                     | discard  | RFC 6793 §6
`
