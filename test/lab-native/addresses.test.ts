import { describe, expect, test } from 'vitest'
import { choosePorts, chooseSubnet, subnetsInUse } from '../../src/lab/native/addresses.ts'

describe('the subnet of a lab', () => {
  test('is the same for the same directory while nobody has it', () => {
    expect(chooseSubnet('/home/a/lab', new Set())).toBe(chooseSubnet('/home/a/lab', new Set()))
  })

  test('is the next one when its first choice is taken', () => {
    const first = chooseSubnet('/x', new Set())
    expect(chooseSubnet('/x', new Set([first]))).toBe((first % 250) + 1)
  })

  test('is never 0 (where 127.0.0.1 lives), never above 250, and found as long as one is left', () => {
    const taken = new Set<number>()
    for (let count = 0; count < 250; count++) taken.add(chooseSubnet('/x', taken))
    expect([...taken].sort((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_empty, at) => at + 1))
    expect(() => chooseSubnet('/x', taken)).toThrow('taken')
  })
})

test('subnets in use are read from /proc/net/tcp, local addresses only', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
    '   1: 0B4D007F:B0A1 0100007F:06FE 01 00000000:00000000 00:00000000 00000000     0        0 2 1',
    '   2: 0100000A:B0A1 0B58007F:06FE 01 00000000:00000000 00:00000000 00000000     0        0 3 1',
  ].join('\n')
  expect(subnetsInUse(table)).toEqual(new Set([0, 77]))
})

describe('the ports of a lab', () => {
  test('are the first that no lab has and nobody listens on', async () => {
    const busy = new Set([16444, 12379])
    const ports = await choosePorts(new Set([16443]), (port) => Promise.resolve(!busy.has(port)))
    expect(ports).toEqual({ api: 16445, etcd: 12380 })
  })

  test('are missed when all are busy', async () => {
    await expect(choosePorts(new Set(), () => Promise.resolve(false))).rejects.toThrow('no free port')
  })
})
