// G1 to G13: what a graceful-restart helper owes a peer, played against us and against four daemons over TCP.
import { describe, expect, test } from 'vitest'
import { SCENARIOS } from '../compliance/graceful-restart.ts'
import { playGracefulRestart } from '../compliance/play.ts'
import { againstStored } from '../compliance/results.ts'
import { versionOf } from '../compliance/target.ts'
import { DAEMON_NAMES } from '../support/daemons/driver.ts'

const ours = playGracefulRestart('us')

describe('as a graceful-restart helper we do what the RFCs ask', () => {
  for (const { id, text, rfc } of SCENARIOS) {
    test(`${id} ${text}: ${rfc.verdict}, ${rfc.clause}`, { timeout: 60_000 }, async () => {
      expect((await ours)[id]).toMatchObject({ verdict: rfc.verdict })
    })
  }

  test('routes whose restart time passes go when it has passed, not before and not much later', async () => {
    const [, seconds] = /^([\d.]+) s$/.exec((await ours)['G6']?.note ?? '') ?? []
    expect(Number(seconds)).toBeGreaterThanOrEqual(3.9)
    expect(Number(seconds)).toBeLessThan(6)
  })

  test('routes that stay are never withdrawn and announced again', async () => {
    expect((await ours)['G1']).toEqual({ verdict: 'K' })
  })
})

describe('the same scenarios can be played against real routers', () => {
  for (const name of DAEMON_NAMES) {
    test(name, { timeout: 120_000 }, async ({ annotate }) => {
      const outcomes = await playGracefulRestart(name)
      expect(Object.keys(outcomes)).toEqual(SCENARIOS.map(({ id }) => id))
      // What a daemon does is not ours to judge; that it no longer does what we say of it is worth a line.
      for (const line of againstStored(name, { version: await versionOf(name), outcomes }))
        await annotate(`differs from what is stored: ${line}`)
    })
  }
})
