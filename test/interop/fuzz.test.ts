// Ten seconds of `npm run fuzz`: BIRD and GoBGP stay, nothing crashes, grows or is lost.
import { expect, test } from 'vitest'
import { readMaterial } from '../../scripts/fuzz/material.ts'
import { run } from '../../scripts/fuzz/run.ts'

test(
  'spoilt messages, half messages and floods of connections leave sessions with BIRD and GoBGP alone',
  { timeout: 180_000 },
  async () => {
    const { faults, iterations, evidence } = await run({
      seed: 20_261_121,
      seconds: 10,
      first: 0,
      material: readMaterial(),
      // What others do on this machine is not what is tested here: only a loop that stands is.
      stall: 5,
      progress: () => undefined,
    })
    expect(faults).toEqual([])
    expect(iterations).toBeGreaterThan(100)
    expect(evidence?.recorded).toBeGreaterThan(0)
  },
)
