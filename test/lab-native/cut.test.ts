import { expect, test } from 'vitest'
import { parseDropRules } from '../../src/lab/native/cut.ts'

const LISTED = `-P INPUT ACCEPT -c 9 720
-A INPUT -s 127.0.9.12/32 -i lo -p tcp -m comment --comment "routewitness lab x2" -c 4 240 -j DROP
-A INPUT -d 127.0.9.11/32 -i lo -p tcp -m comment --comment "routewitness lab x" -c 12 720 -j DROP
-A INPUT -s 10.0.0.1/32 -j DROP -c 5 300
`

test('of the rules of a machine only those of this lab are ours, each with its packets', () => {
  expect(parseDropRules(LISTED, 'routewitness lab x')).toEqual([
    { address: '127.0.9.11', direction: '-d', packets: 12 },
  ])
})
