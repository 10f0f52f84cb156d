// Several paths of one prefix (RFC 7911), received.
import { describe, expect, test } from 'vitest'
import { formatPrefix, parseAddress, parsePrefix } from '../../../src/core/ip/text.ts'
import { DEFAULT_CONTEXT } from '../../../src/core/wire/codec.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type Capability, type Nlri } from '../../../src/core/wire/message.ts'
import { encodeUpdate } from '../../../src/core/wire/update-encode.ts'
import { established, type Setup, type TestPeer } from '../../support/speaker-peer.ts'

const A = '10.5.113.0/24'

const capability = (direction: number, families = [IPV4_UNICAST]): Capability => ({
  code: 69,
  entries: families.map((family) => ({ family, direction })),
})

const setup: Setup = { range: { addPath: 'receive' }, extra: [capability(2)] }

const nlri = (paths: readonly (readonly [string, number])[]): Nlri[] =>
  paths.map(([prefix, pathId]) => ({ prefix: parsePrefix(prefix), pathId }))

function announce(...paths: readonly (readonly [string, number])[]): Uint8Array {
  return encodeUpdate(
    {
      reach: [{ family: IPV4_UNICAST, nextHop: { global: parseAddress('127.0.0.14') }, nlri: nlri(paths) }],
      attributes: { origin: 0, asPath: [{ type: 2, asns: [64512] }] },
    },
    DEFAULT_CONTEXT,
  )
}

function withdraw(...paths: readonly (readonly [string, number])[]): Uint8Array {
  return encodeUpdate({ unreach: [{ family: IPV4_UNICAST, nlri: nlri(paths) }] }, DEFAULT_CONTEXT)
}

const pathsOf = (peer: TestPeer): string[] =>
  [...peer.bench.speaker.routes(peer.key)].map(({ prefix, pathId }) => `${formatPrefix(prefix)} ${pathId}`)

describe('[row 17] ADD-PATH is agreed by family and direction', () => {
  test('our OPEN offers to receive, in every family, only when asked for', () => {
    expect(established(setup).received[0]).toMatchObject({
      capabilities: expect.arrayContaining([
        {
          code: 69,
          entries: [
            { family: IPV4_UNICAST, direction: 1 },
            { family: IPV6_UNICAST, direction: 1 },
          ],
        },
      ]) as unknown,
    })
    const plain = established().received[0]
    expect(plain?.type === 'open' && plain.capabilities.some(({ code }) => code === 69)).toBe(false)
  })

  test.each([
    ['send', 2, [IPV4_UNICAST]],
    ['both', 3, [IPV4_UNICAST]],
    ['receive', 1, []],
  ])('a peer that offers %s', (_, direction, expected) => {
    expect(established({ ...setup, extra: [capability(direction)] }).view.addPath).toEqual(expected)
  })

  test('not when we did not offer, and not in a family that the peer left out', () => {
    expect(established({ extra: [capability(2)] }).view.addPath).toEqual([])
    const families = [IPV4_UNICAST, IPV6_UNICAST]
    const both = established({ ...setup, families, extra: [capability(2, [IPV6_UNICAST])] })
    expect(both.view.addPath).toEqual([IPV6_UNICAST])
    expect(both.announces(A).routes()).toEqual([A])
  })

  test('what we announce has no path identifiers', () => {
    const node = established({ ...setup, extra: [capability(3)] })
    node.bench.command({ command: 'announce', routes: [{ prefix: parsePrefix('10.1.0.0/16') }] })
    expect(node.received.at(-1)).toMatchObject({
      reach: [{ nlri: [{ prefix: parsePrefix('10.1.0.0/16') }] }],
    })
  })
})

describe('[row 56] the key is prefix and path identifier', () => {
  test('paths stand beside each other; announcing one again replaces that one', () => {
    const node = established(setup).sends(announce([A, 1], [A, 2]))
    expect(pathsOf(node)).toEqual([`${A} 1`, `${A} 2`])
    node.sends(announce([A, 2]))
    expect(pathsOf(node)).toEqual([`${A} 1`, `${A} 2`])
    expect(node.bench.newsOf('route-announced').map(({ pathId, change }) => [pathId, change])).toEqual([
      [1, 'new'],
      [2, 'new'],
      [2, 'same'],
    ])
  })

  test('a withdrawal takes that path alone; 0 is an identifier like any other', () => {
    const node = established(setup).sends(announce([A, 0], [A, 4294967295]))
    node.sends(withdraw([A, 0]))
    expect(pathsOf(node)).toEqual([`${A} 4294967295`])
    node.sends(withdraw([A, 7]))
    expect(node.bench.newsOf('route-withdrawn').map(({ pathId, existed }) => [pathId, existed])).toEqual([
      [0, true],
      [7, false],
    ])
  })

  test('a look-up of the prefix finds every path', () => {
    const node = established(setup).sends(announce([A, 1], [A, 2], ['10.5.112.0/24', 1]))
    const found = [...node.bench.speaker.lookup(parsePrefix(A))]
    expect(found.map(({ route }) => route.pathId)).toEqual([1, 2])
  })

  test('paths are kept and flushed one by one over a restart', () => {
    const node = established({ ...setup, gracefulRestart: {} }).sends(announce([A, 1], [A, 2]))
    node
      .closes('rst')
      .returns({ restarting: true })
      .sends(announce([A, 2]))
      .endsRib()
    expect(pathsOf(node)).toEqual([`${A} 2`])
  })
})

describe('[row 57] path identifiers that were not negotiated', () => {
  test.each([0, 1, 200, 65535])('are told: identifier %i', (pathId) => {
    const node = established().sends(announce([A, pathId]))
    expect(node.bench.newsOf('path-ids-unexpected')).toEqual([
      { news: 'path-ids-unexpected', session: node.session, peer: node.key, family: IPV4_UNICAST },
    ])
  })

  test('a default route alone is none', () => {
    const node = established().announces('0.0.0.0/0').announces('0.0.0.0/0', '10.0.0.0/8')
    expect(node.bench.newsOf('path-ids-unexpected')).toEqual([])
  })

  test('nor are default routes where they were negotiated', () => {
    const node = established(setup).sends(announce(['0.0.0.0/0', 1], ['0.0.0.0/0', 2]))
    expect(node.bench.newsOf('path-ids-unexpected')).toEqual([])
    expect(pathsOf(node)).toEqual(['0.0.0.0/0 1', '0.0.0.0/0 2'])
  })
})
