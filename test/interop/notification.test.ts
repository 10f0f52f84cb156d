// Shutdown communication (RFC 9003) in both directions.
import { expect } from 'vitest'
import { describeCause } from '../../src/core/session/describe.ts'
import { shutdownData } from '../../src/core/wire/notification.ts'
import { withEachDaemon } from '../support/interop.ts'

const TEXT = 'maintenance of rack 7, back at noon'

withEachDaemon('we know why they shut the session down', {}, async (pair) => {
  await pair.up()
  const before = pair.router.mark('disable')
  await pair.daemon.disable(pair.us, TEXT)
  await pair.happens('close', ({ news }) => news === 'session-closed', before)
  // FRR makes it a Hard Reset where both sides set the N bit (RFC 8538 §5).
  const code = pair.name === 'frr' ? '6/9 Cease/Hard Reset for 6/2' : '6/2'
  const close = pair.news.find((news) => news.news === 'session-closed')
  expect(close && describeCause(close.cause)).toBe(
    `NOTIFICATION ${code} Cease/Administrative Shutdown "${TEXT}" sent by the peer`,
  )
  const after = pair.router.mark('enable')
  await pair.daemon.enable(pair.us)
  await pair.happens('new session', ({ news }) => news === 'session-established', after)
})

withEachDaemon('they know why we shut the session down', {}, async (pair) => {
  await pair.up()
  const [peer] = pair.router.peers()
  pair.router.router.notify(peer!.peer, 6, 2, shutdownData(TEXT))
  await pair.daemon.daemon.until('our text in its log', () =>
    Promise.resolve(pair.daemon.daemon.text.includes(TEXT)),
  )
})
