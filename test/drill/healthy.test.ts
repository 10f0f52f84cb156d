// Every drill passes on a cluster that behaves as measured, and leaves it as it was.
import { describe, expect, test } from 'vitest'
import { DRILLS } from '../../src/drill/table.ts'
import { simulate } from '../support/drill-run.ts'

describe.each(['1.20.2', '1.19.7', '1.18.11'])('on Cilium %s', (version) => {
  test.each(DRILLS.filter(({ needs }) => needs.cilium === undefined).map(({ id }) => id))(
    '%s passes',
    async (id) => {
      const result = await simulate(id, { version })
      expect(result.bars.filter(({ verdict }) => verdict === 'fail')).toEqual([])
      expect(result.undone).toEqual([])
      expect(result.bars.length).toBeGreaterThan(0)
    },
  )
})

test.each(['S07', 'S08', 'S09'])('%s passes from release to release', async (id) => {
  const result = await simulate(id)
  expect(result.bars.filter(({ verdict }) => verdict === 'fail')).toEqual([])
  expect(result.undone).toEqual([])
})
