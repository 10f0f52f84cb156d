import { expect, test } from 'vitest'
import { startRouter } from '../../src/harness/start.ts'
import type { Condition } from '../../src/harness/until.ts'

test('a wait for something whose time has come, and that does not hold, sleeps until something happens', async () => {
  await using router = await startRouter({ asn: 64512, listen: '127.0.0.1:0' })
  let looks = 0
  let open = false
  const condition: Condition = {
    name: 'open',
    progress: () => {
      looks += 1
      return open ? [] : [{ node: '(any)', why: 'shut' }]
    },
    due: ({ now }) => now - 1,
  }
  await expect(router.wait(condition, { timeout: '200ms' })).rejects.toThrow(
    'open: not so after 0.2 s\n  shut',
  )
  expect(looks).toBeLessThan(10)
  const waited = router.wait(condition)
  open = true
  router.mark('now')
  expect(await waited).toBe('open')
})
