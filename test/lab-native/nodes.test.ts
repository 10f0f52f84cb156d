import { expect, test } from 'vitest'
import { firstNodes, nextNode } from '../../src/lab/native/nodes.ts'
import { makePlan } from '../../src/lab/native/plan.ts'

test('every node of a full lab has a source address and an identifier of its own, both from the lab', () => {
  const nodes = firstNodes(makePlan({}), 77)
  expect(nodes.map((node) => node.source)).toEqual([
    '127.0.77.11',
    '127.0.77.12',
    '127.0.77.13',
    '127.0.77.14',
  ])
  expect(nodes.map((node) => node.address)).toEqual([
    '192.168.77.11',
    '192.168.77.12',
    '192.168.77.13',
    '192.168.77.14',
  ])
})

test('Node.spec.podCIDRs lie outside the pool from which CiliumNodes get theirs', () => {
  for (const node of firstNodes(makePlan({}), 1)) {
    expect(node.nodePodCidrs[0]).toMatch(/^10\.244\.\d\.0\/24$/)
    expect(node.nodePodCidrs[1]).toMatch(/^fd00:244:/)
    expect(node.ciliumPodCidrs).toBeUndefined()
  }
})

test('a lab without IPv6 has no IPv6 CIDRs', () => {
  expect(firstNodes(makePlan({ ipv6: false }), 1).flatMap((node) => node.nodePodCidrs)).not.toContainEqual(
    expect.stringContaining(':'),
  )
})

test('with ipam=kubernetes both objects agree', () => {
  for (const plan of [makePlan({ ipam: 'kubernetes' }), makePlan({ speakers: '1.12', ipam: 'kubernetes' })]) {
    for (const node of firstNodes(plan, 1)) expect(node.ciliumPodCidrs).toEqual(node.nodePodCidrs)
  }
})

test('incident I-1: each node owns as a CiliumNode what another one has as a Node', () => {
  const nodes = firstNodes(makePlan({ speakers: '1.11' }), 1)
  expect(
    nodes.map(({ name, address, nodePodCidrs, ciliumPodCidrs }) => [
      name,
      address,
      nodePodCidrs[0],
      ciliumPodCidrs?.[0],
    ]),
  ).toEqual([
    ['master1', '10.4.94.32', '10.5.112.0/24', '10.5.113.0/24'],
    ['master2', '10.4.94.21', '10.5.114.0/24', '10.5.115.0/24'],
    ['master3', '10.4.94.31', '10.5.113.0/24', '10.5.114.0/24'],
    ['node01', '10.4.94.23', '10.5.115.0/24', '10.5.112.0/24'],
  ])
})

test('a node added after another was removed takes no address that was used before', () => {
  const plan = makePlan({})
  const fifth = nextNode(plan, 7, 'node02', 4)
  expect(fifth).toMatchObject({ name: 'node02', index: 5, source: '127.0.7.15', address: '192.168.7.15' })
  expect(nextNode(plan, 7, 'node02', fifth.index).source).toBe('127.0.7.16')
})

test('a node added to the incident gets the next CIDR of the pool and an identifier nobody has', () => {
  const plan = makePlan({ speakers: '1.12' })
  expect(nextNode(plan, 7, 'node02', 4)).toMatchObject({
    address: '10.4.94.45',
    nodePodCidrs: ['10.5.116.0/24'],
  })
})
