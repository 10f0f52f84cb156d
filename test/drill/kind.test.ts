// The kind form of drills: which commands are given, in which order, and that the verdict is the same.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { simulateKind } from '../support/simulated-tools.ts'

test.each(['S01', 'S02', 'S03', 'S04', 'S07', 'S10'])('%s on kind', async (id) => {
  const { result, lines } = await simulateKind(id)
  expect(result.bars.filter(({ verdict }) => verdict === 'fail')).toEqual([])
  expect(result.undone).toEqual([])
  const golden = join(import.meta.dirname, 'golden', `kind-${id}.txt`)
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(golden)
})
