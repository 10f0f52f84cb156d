// What can be wrong with an UPDATE beyond the value of one attribute, as data; ./rfc7606-cases.ts says how a line is read.
// H is the next hop 2001:db8::14, V the prefix 2001:db8:1::/48 (see there), so that the lines stay readable.

export const MESSAGE_CASES = `
[attribute MP_REACH_NLRI] | O P L R ; n=                          | IPv6                                | accept | RFC 4760 §3
[attribute MP_REACH_NLRI] [row 49] | O P N L R                    | IPv6 beside the NLRI field          | accept | RFC 7606 §5.1
[attribute MP_REACH_NLRI] [row 43] | R O P L ; n=                 | as the first attribute              | accept | RFC 7606 §5.1
[attribute MP_REACH_NLRI] [row 46] | O P L 800e2c 0002 01 20 H fe800000000000000000000000000014 00 V ; n= | a link-local next hop too | accept | RFC 2545 §3
[attribute MP_REACH_NLRI] [row 49] | O P L 800e0d 0001 01 04 7f00000e 00 18cb0071 ; n= | IPv4 in it    | accept | RFC 4760 §3
[attribute MP_REACH_NLRI] [row 52] | O P L 900e001c 0002 01 10 H 00 V ; n= | Extended Length      | accept | RFC 4271 §4.3
[attribute MP_REACH_NLRI] | O P L 800e1c 0002 01 10 H ff V ; n=    | a reserved octet that is not 0      | accept | RFC 4760 §3
[attribute MP_REACH_NLRI] | O P L 800e15 0002 01 10 H 00 ; n= ; left=A,V | no routes in it           | accept | RFC 4760 §3
[attribute MP_REACH_NLRI] | O P L 800e00 ; n=                     | length 0                            | reset  | RFC 7606 §5.3  | 3/9 800e00
[attribute MP_REACH_NLRI] | O P L 800e04 0002 01 00 ; n=          | length 4                            | reset  | RFC 7606 §5.3  | 3/9 800e0400020100
[attribute MP_REACH_NLRI] | O P N L 800e04 0002 01 00             | length 4 beside the NLRI field      | reset  | RFC 7606 §5.3  | 3/9 800e0400020100
[attribute MP_REACH_NLRI] | O P L 800e0c 0002 01 00 00 V ; n=     | an IPv6 next hop of 0 octets        | reset  | RFC 7606 §7.11 | 3/9 800e0c000201 0000 V
[attribute MP_REACH_NLRI] | O P L 800e10 0002 01 04 7f00000e 00 V ; n= | an IPv6 next hop of 4 octets   | reset  | RFC 7606 §7.11 | 3/9 800e10000201047f00000e00 V
[attribute MP_REACH_NLRI] | O P L 800e1d 0002 01 11 H 00 00 V ; n= | an IPv6 next hop of 17 octets      | reset  | RFC 7606 §7.11 | 3/9 800e1d00020111 H 0000 V
[attribute MP_REACH_NLRI] | O P L 800e24 0002 01 18 0000000000000000 H 00 V ; n= | an IPv6 next hop of 24 octets | reset | RFC 7606 §7.11 | 3/9 800e24000201180000000000000000 H 00 V
[attribute MP_REACH_NLRI] | O P L 800e0e 0001 01 05 7f00000e00 00 18cb0071 ; n= | an IPv4 next hop of 5 octets | reset | RFC 7606 §7.11 | 3/9 800e0e000101057f00000e00 0018cb0071
[attribute MP_REACH_NLRI] | O P L 800e0a 0002 01 10 7f00000e 00 00 ; n= | a next hop that overruns      | reset  | RFC 7606 §7.11 | 3/9 800e0a000201107f00000e0000
[attribute MP_REACH_NLRI] | O P L 800e14 0002 01 10 H ; n=        | nothing behind the next hop         | reset  | RFC 7606 §7.11 | 3/9 800e1400020110 H
[attribute MP_REACH_NLRI] [row 40] | O P L 800e27 0002 01 10 H 00 81 20010db800010000000000000000000000 ; n= | an IPv6 prefix of length 129 | reset | RFC 7606 §5.3 | 3/9 800e2700020110 H 0081 20010db800010000000000000000000000
[attribute MP_REACH_NLRI] [row 40] | O P L 800e0f 0001 01 04 7f00000e 00 21cb00710000 ; n= | an IPv4 prefix of length 33 | reset | RFC 7606 §5.3 | 3/9 800e0f000101047f00000e0021cb00710000
[attribute MP_REACH_NLRI] [row 40] | O P L 800e1b 0002 01 10 H 00 3020010db800 ; n= | a prefix that overruns | reset | RFC 7606 §5.3 | 3/9 800e1b00020110 H 003020010db800
[attribute MP_REACH_NLRI] | O P L c00e1c 0002 01 10 H 00 V ; n=   | Transitive set                      | reset  | RFC 7606 §5.3  | 3/9 c00e1c00020110 H 00 V
[attribute MP_REACH_NLRI] | O P L 400e1c 0002 01 10 H 00 V ; n=   | well-known                          | reset  | RFC 7606 §5.3  | 3/9 400e1c00020110 H 00 V
[attribute MP_REACH_NLRI] | O P L 000e1c 0002 01 10 H 00 V ; n=   | Optional clear                      | reset  | RFC 7606 §5.3  | 3/9 000e1c00020110 H 00 V
[attribute MP_REACH_NLRI] [row 40] | O P N L 800e05 0019 46 ff 00 | broken, in a family not negotiated  | accept | RFC 7606 §5.3

[attribute MP_UNREACH_NLRI] | U ; n= ; left=A                     | IPv6                                | accept | RFC 4760 §4
[attribute MP_UNREACH_NLRI] [row 44] | O P N L U ; left=A         | IPv6 beside the NLRI field          | accept | RFC 7606 §5.1
[attribute MP_UNREACH_NLRI] | 900f000a 0002 01 V ; n= ; left=A    | Extended Length                     | accept | RFC 4271 §4.3
[attribute MP_UNREACH_NLRI] | 800f00 ; n=                         | length 0                            | reset  | RFC 7606 §5.3 | 3/9 *
[attribute MP_UNREACH_NLRI] | 800f02 0002 ; n=                    | length 2                            | reset  | RFC 7606 §5.3 | 3/9 *
[attribute MP_UNREACH_NLRI] | O P N L 800f02 0002                 | length 2 beside the NLRI field      | reset  | RFC 7606 §5.3 | 3/9 *
[attribute MP_UNREACH_NLRI] [row 40] | 800f15 0002 01 81 20010db800010000000000000000000000 ; n= | a prefix of length 129 | reset | RFC 7606 §5.3 | 3/9 *
[attribute MP_UNREACH_NLRI] [row 40] | 800f09 0002 01 3020010db800 ; n= | a prefix that overruns       | reset  | RFC 7606 §5.3 | 3/9 *
[attribute MP_UNREACH_NLRI] | c00f0a 0002 01 V ; n=               | Transitive set                      | reset  | RFC 7606 §5.3 | 3/9 c00f0a000201 V
[attribute MP_UNREACH_NLRI] | 000f0a 0002 01 V ; n=               | Optional clear                      | reset  | RFC 7606 §5.3 | 3/9 000f0a000201 V
[attribute MP_UNREACH_NLRI] [row 40] | 800f04 0019 46 ff ; n= ; left=A,V | a family that was not negotiated | accept | RFC 7606 §5.3

[row 34] | ; b=0001 0000                        | Withdrawn Routes Length beyond the end              | reset | RFC 7606 §3 b | 3/1
[row 34] | ; b=ffff 0000                        | Withdrawn Routes Length 65535                       | reset | RFC 7606 §3 b | 3/1
[row 34] | ; b=0000 0001                        | Total Attribute Length beyond the end               | reset | RFC 7606 §3 b | 3/1
[row 34] | ; b=0001 00 00                       | half a Total Attribute Length                       | reset | RFC 7606 §3 b | 3/1
[row 34] | ; b=0000 0005 40010100               | Total Attribute Length one too large                | reset | RFC 7606 §3 b | 3/1
[row 34] | ; b=0000 ffff 40010100 40020602010000fc00 4003047f00000e 18cb0071 | Total Attribute Length 65535 | reset | RFC 7606 §3 b | 3/1

[row 35] | O P N L c00808 fc000064              | the last attribute overruns the list                | withdraw | RFC 7606 §4
[row 35] | 4001c8 00 P N L                      | the first attribute overruns the list               | withdraw | RFC 7606 §4
[row 35] | O P N L c0                           | one octet left                                      | withdraw | RFC 7606 §4
[row 35] | O P N L c008                         | two octets left                                     | withdraw | RFC 7606 §4
[row 35] | O P N L d00800                       | three octets left with Extended Length              | withdraw | RFC 7606 §4
[row 35] | O P N L d0080008 fc000064            | Extended Length that overruns                       | withdraw | RFC 7606 §4
[row 35] | O P N L 800e20 0001                  | MP_REACH_NLRI overruns the list                     | reset    | RFC 7606 §3 j | 3/1
[row 35] | O P N L 800f20 0001                  | MP_UNREACH_NLRI overruns the list                   | reset    | RFC 7606 §3 j | 3/1

[row 36] | O P N L 40010101                     | ORIGIN twice                                        | discard  | RFC 7606 §3 g
[row 36] | O P N L 400304 7f00000f              | NEXT_HOP twice                                      | discard  | RFC 7606 §3 g
[row 36] | O P N 80040400000001 L 80040400000002 ; keeps=O P 80040400000001 L | MULTI_EXIT_DISC twice | discard  | RFC 7606 §3 g
[row 36] | O P N L 80040400000001 800403000000 ; keeps=O P 80040400000001 L | the second one malformed | discard  | RFC 7606 §3 g
[row 36] | O P N L 800403000000 80040400000001  | the first one malformed                             | withdraw | RFC 7606 §7.4
[row 36] | O P N L e0630101 e0630102 ; keeps=O P L e0630101 | an unknown attribute twice              | discard  | RFC 7606 §3 g
[row 36] | O P L R R ; n=                       | MP_REACH_NLRI twice                                 | reset    | RFC 7606 §3 g | 3/1
[row 36] | U U ; n=                             | MP_UNREACH_NLRI twice                               | reset    | RFC 7606 §3 g | 3/1

[row 37] | O P N L c00706fc007f00000e c00800    | discard and treat-as-withdraw                       | withdraw | RFC 7606 §7.8
[row 37] | O P N L c00800 c00706fc007f00000e    | treat-as-withdraw and discard                       | withdraw | RFC 7606 §7.8
[row 37] | O P N L c00800 40630100              | treat-as-withdraw and reset                         | reset    | RFC 4271 §6.3 | 3/2 40630100
[row 37] | O P N L 40630100 c00800              | reset and treat-as-withdraw                         | reset    | RFC 4271 §6.3 | 3/2 40630100
[row 37] | P N L 40010103 800e0400020100        | ORIGIN 3 and a short MP_REACH_NLRI                  | reset    | RFC 7606 §5.3 | 3/9 800e0400020100

[row 38] | O P N L R c00800                     | NLRI and MP_REACH_NLRI both go                      | withdraw | RFC 7606 §2
[row 38] | O P N L U c00800                     | NLRI go, and what is withdrawn goes                 | withdraw | RFC 7606 §2
[row 38] | O P L R c00800 ; w=18cb0071 ; n=     | Withdrawn Routes and MP_REACH_NLRI both go          | withdraw | RFC 7606 §2

[row 39] | O 800400 ; w=18cb0071 ; n=           | a malformed attribute beside Withdrawn Routes       | reset    | RFC 7606 §5.2 | 3/5 800400
[row 39] | O P 800400 U ; n=                    | a malformed attribute beside MP_UNREACH_NLRI        | reset    | RFC 7606 §5.2 | 3/5 800400
[row 39] | O P c00800 ; n=                      | a malformed attribute and no routes                 | reset    | RFC 7606 §5.2 | 3/5 c00800
[row 39] | c0 ; n=                              | a piece of an attribute and no routes               | reset    | RFC 7606 §5.2 | 3/1
[row 39] | O P 40060100 ; n= ; left=A,V         | an attribute to discard and no routes               | discard  | RFC 7606 §7.6

[row 40] | O P N L ; n=21cb00710000             | NLRI: prefix length 33                              | reset    | RFC 7606 §3 j | 3/10
[row 40] | O P N L ; n=18cb00                   | NLRI: a prefix that overruns                        | reset    | RFC 7606 §3 j | 3/10
[row 40] | O P N L ; n=18cb0071 20              | NLRI: a length and nothing behind it                | reset    | RFC 7606 §3 j | 3/10
[row 40] | ; w=21cb00710000 ; n=                | Withdrawn Routes: prefix length 33                  | reset    | RFC 7606 §3 i | 3/10
[row 40] | ; w=18cb0071 18cb ; n=               | Withdrawn Routes: a prefix that overruns            | reset    | RFC 7606 §3 i | 3/10

[row 42] | P N L                                | ORIGIN missing                                      | withdraw | RFC 7606 §3 d
[row 42] | O N L                                | AS_PATH missing                                     | withdraw | RFC 7606 §3 d
[row 42] | O P L                                | NEXT_HOP missing                                    | withdraw | RFC 7606 §3 d
[row 42] |                                      | no attribute at all                                 | withdraw | RFC 7606 §3 d
[row 42] | P L R ; n=                           | ORIGIN missing, MP_REACH_NLRI                       | withdraw | RFC 7606 §3 d
[row 42] | O L R ; n=                           | AS_PATH missing, MP_REACH_NLRI                      | withdraw | RFC 7606 §3 d
[row 42] | O P N                                | LOCAL_PREF missing, which is not mandatory          | accept   | RFC 4271 §5.1.5
[row 42] | O ; n= ; left=A,V                    | ORIGIN alone, without routes                        | accept   | RFC 7606 §3 d
[row 42] | ; w=18cb0071 ; n= ; left=V           | withdrawn routes need no attribute                  | accept   | RFC 7606 §3 d

[row 45] | O P N L ; w=18cb0071 ; left=A,V      | withdrawn and announced at once                     | accept   | RFC 4271 §4.3
[row 50] | ; n= ; left=A,V                      | End-of-RIB of IPv4                                  | accept   | RFC 4724 §2
[row 50] | 800f03 0002 01 ; n= ; left=A,V       | End-of-RIB of IPv6                                  | accept   | RFC 4724 §2
[row 50] | 900f0003 0002 01 ; n= ; left=A,V     | End-of-RIB with Extended Length                     | accept   | RFC 4724 §2
[row 51] | O P N L ; n= ; left=A,V              | attributes only                                     | accept   | RFC 4271 §4.3
[row 52] | 50010001 00 500200060201 0000fc00 N L | Extended Length on short attributes                | accept   | RFC 4271 §4.3
[row 53] | 4f010100 42020602010000fc00 41030471000001 L | low bits of the flags set                   | accept   | RFC 4271 §4.3
`
