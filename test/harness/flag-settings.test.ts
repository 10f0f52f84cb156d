import { expect, test } from 'vitest'
import { withFlags } from '../../src/harness/flag-settings.ts'

test('without a file and without flags there is a default folder for the trace and nothing else', () => {
  expect(withFlags({}, {}, 'default')).toEqual({ trace: { directory: 'default' } })
})

test('flags win over the file key by key', () => {
  const file = {
    asn: 1,
    settle: '5s',
    trace: { directory: 'here', rotateBytes: 100_000, keep: 3 },
    peers: [{ from: '10.0.0.0/8', holdTime: 9 }],
  }
  expect(withFlags(file, { asn: 2, trace: 'there', resume: true, peerAsn: 64513 }, 'default')).toEqual({
    asn: 2,
    settle: '5s',
    trace: { directory: 'there', rotateBytes: 100_000, keep: 3, resume: true },
    peers: [{ from: '10.0.0.0/8', holdTime: 9, asn: 64513 }],
  })
})

test('--resume goes with the folder that the file names', () => {
  expect(withFlags({ trace: 'here' }, { resume: true }, 'default')['trace']).toEqual({
    directory: 'here',
    resume: true,
  })
})

test('no trace stays no trace, unless a flag names a folder', () => {
  expect(withFlags({ trace: false }, {}, 'default')['trace']).toBe(false)
  expect(withFlags({ trace: false }, { trace: 'there' }, 'default')['trace']).toEqual({ directory: 'there' })
  expect(withFlags({ trace: 'here' }, { trace: false }, 'default')['trace']).toBe(false)
})

test('terms of peers count for everybody where no range is given, and --from replaces the ranges of the file', () => {
  expect(withFlags({}, { hold: 9 }, '')['peers']).toEqual([
    { from: '0.0.0.0/0', holdTime: 9 },
    { from: '::/0', holdTime: 9 },
  ])
  expect(
    withFlags({ peers: [{ from: '10.0.0.0/8' }] }, { from: ['192.0.2.0/24'], gracefulRestart: 'off' }, '')[
      'peers'
    ],
  ).toEqual([{ from: '192.0.2.0/24', gracefulRestart: 'off' }])
})

test.each([
  [{ from: ['10.0.0.0/8', '300.1.1.1/8'] }, '--from: "300.1.1.1/8" is no IP address or prefix'],
  [{ hold: 2 }, '--hold: the hold time is 0 or at least 3'],
  [{ settle: '5parsecs' }, '--settle: "5parsecs" is no duration'],
  [{ identifier: '1.2.3' }, '--identifier: "1.2.3" is not'],
])('%j is refused by the name of the flag', (flags, message) => {
  expect(() => withFlags({}, flags, '')).toThrow(
    expect.objectContaining({ code: 'RW_CONFIG', message: expect.stringContaining(message) }),
  )
})
