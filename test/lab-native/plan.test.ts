import { describe, expect, test } from 'vitest'
import { contradictions, makePlan, parseRouter } from '../../src/lab/native/plan.ts'

describe('a plan', () => {
  test('without options is the full lab of Cilium 1.20.2 with both families and no Services', () => {
    expect(makePlan({})).toEqual({
      name: 'native',
      kind: 'cilium',
      release: '1.20.2',
      router: { address: '127.0.0.1', port: 1790, asn: 65000 },
      localAsn: 64512,
      ipam: 'cluster-pool',
      ipv6: true,
      services: false,
      hold: 9,
      keepalive: 3,
    })
  })

  test('of speakers has the AS numbers and the release of incident I-1', () => {
    const plan = makePlan({ speakers: '1.11' })
    expect(plan).toMatchObject({
      kind: 'speakers',
      release: '1.11.9',
      speakers: '1.11',
      localAsn: 64513,
      hold: 90,
      ipv6: false,
    })
    expect(plan.router.asn).toBe(64524)
    expect(makePlan({ speakers: '1.12' }).release).toBe('1.12.0')
  })

  test('keeps the usual AS when only the router port is given', () => {
    expect(makePlan({ router: { address: '127.0.0.1', port: 2790 } }).router).toEqual({
      address: '127.0.0.1',
      port: 2790,
      asn: 65000,
    })
  })

  test('derives the keepalive time from the hold time unless told', () => {
    expect(makePlan({ hold: 30 }).keepalive).toBe(10)
    expect(makePlan({ hold: 30, keepalive: 1 }).keepalive).toBe(1)
  })

  test.each([
    ['a release without cells file', { cilium: '1.17.3' }],
    ['a minor without patch', { cilium: '1.20' }],
    ['speakers nobody has', { speakers: '1.13' }],
    ['both kinds at once', { cilium: '1.20.2', speakers: '1.11' }],
    ['Services in a speakers lab', { speakers: '1.11', services: true }],
    ['graceful restart in a speakers lab', { speakers: '1.12', gracefulRestart: 60 }],
    ['a hold time below 3 s', { hold: 2 }],
    ['a keepalive time above the hold time', { hold: 9, keepalive: 10 }],
    ['a restart time of more than 12 bits', { gracefulRestart: 4096 }],
    ['a name that is a path', { name: '../x' }],
    ['an IPv6 router', { router: { address: '::1' } }],
    ['a port outside 16 bits', { router: { port: 65536 } }],
    ['an IPAM mode that the lab cannot set up', { ipam: 'multi-pool' }],
  ])('is refused with %s', (_what, options) => {
    expect(() => makePlan(options)).toThrow(expect.objectContaining({ code: 'RW_USAGE' }))
  })
})

describe('a running lab', () => {
  const running = makePlan({ services: true, router: { port: 1791 }, hold: 30 })

  test('satisfies options that leave everything open', () => {
    expect(contradictions(running, {})).toEqual([])
    expect(contradictions(running, { name: 'native', router: {} })).toEqual([])
  })

  test('satisfies options that ask for what it is', () => {
    expect(contradictions(running, { services: true, router: { port: 1791 }, cilium: '1.20.2' })).toEqual([])
  })

  test('contradicts each option that asks for something else, and no other', () => {
    expect(contradictions(running, { services: false, router: { asn: 1 } })).toEqual([
      'services is true, not false',
      'router AS is 65000, not 1',
    ])
    expect(contradictions(running, { hold: 9 })).toEqual(['hold is 30, not 9', 'keepalive is 10, not 3'])
    expect(contradictions(running, { gracefulRestart: 60 })).toEqual(['gracefulRestart is unset, not 60'])
  })

  test('of one kind contradicts a request for the other kind', () => {
    expect(contradictions(running, { speakers: '1.11' })).toEqual(['it is a cilium lab of 1.20.2'])
    expect(contradictions(makePlan({ speakers: '1.12' }), { cilium: '1.19.7' })).toEqual([
      'it is a speakers lab of 1.12.0',
    ])
    expect(contradictions(makePlan({ speakers: '1.12' }), { ipam: 'kubernetes' })).toEqual([
      'ipam is cluster-pool, not kubernetes',
    ])
  })
})

test('a router is written as address and port', () => {
  expect(parseRouter('127.0.0.1:1790')).toEqual({ address: '127.0.0.1', port: 1790 })
  expect(() => parseRouter('1790')).toThrow(expect.objectContaining({ code: 'RW_USAGE' }))
})
