// Debian's bgpdump reads what we recorded, and says the same routes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { playIncident } from '../../src/demo/play.ts'
import { traceRows } from '../../src/harness/trace-view.ts'
import type { RouteRow } from '../../src/harness/views.ts'
import { dumpedRoutes } from '../support/bgpdump.ts'

test(
  'bgpdump finds the routes in messages.mrt that the trace is read back to',
  { timeout: 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'routewitness-bgpdump-'))
    try {
      await playIncident({ directory: join(directory, 'trace'), say: () => undefined, show: () => undefined })
      const { rows } = await traceRows(join(directory, 'trace'), 'routes', { at: 'after' })
      const ours = (rows as RouteRow[]).map((row) => `${row.prefix} via ${row.nextHop} path ${row.asPath}`)
      expect(await dumpedRoutes(join(directory, 'trace', 'messages.mrt'))).toEqual(ours.sort())
      expect(ours).toHaveLength(3)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  },
)
