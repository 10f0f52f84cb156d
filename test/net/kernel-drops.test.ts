import { expect, test } from 'vitest'
import { readCounters, tellDrops } from '../../src/net/kernel-drops.ts'

const TEXT = `TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPMinTTLDrop Last
TcpExt: 1 2 3 4 5 6
IpExt: InNoRoutes TCPMD5Failure
IpExt: 7 8
`

test('reads the counters of TcpExt by their names', () => {
  expect(readCounters(TEXT)).toEqual(
    new Map([
      ['TCPMD5Unexpected', 3],
      ['TCPMD5NotFound', 2],
      ['TCPMD5Failure', 4],
      ['TCPMinTTLDrop', 5],
    ]),
  )
})

test.each(['', 'IpExt: a\nIpExt: 1\n', 'TcpExt: a b\n', 'TcpExt: a TCPMD5Failure\nTcpExt: 1 x\n'])(
  'a kernel that does not count them has none: %j',
  (text) => expect(readCounters(text)).toEqual(new Map()),
)

test('tells which were dropped, and how many; a few are usual', () => {
  const before = new Map([
    ['TCPMD5Failure', 10],
    ['TCPMinTTLDrop', 10],
  ])
  const now = new Map([
    ['TCPMD5Failure', 12],
    ['TCPMinTTLDrop', 13],
    ['TCPMD5Unexpected', 3],
  ])
  expect(tellDrops(before, now).map(({ counter, message }) => [counter, message.slice(0, 58)])).toEqual([
    ['TCPMD5Unexpected', 'the kernel dropped 3 TCP segments in the last 10 s, in thi'],
    ['TCPMinTTLDrop', 'the kernel dropped 3 TCP segments in the last 10 s, in thi'],
  ])
  expect(tellDrops(now, now)).toEqual([])
})
