// A running router as a prober in another process sees it.
import { whatHappened } from '../core/errors/user-error.ts'
import { eventToJson } from '../core/stream/json.ts'
import { realClock } from '../net/clock.ts'
import type { Path } from '../probe/plan.ts'
import type { ProbeBody, ProbedRouter } from '../probe/prober.ts'
import type { ServerAddress } from './address.ts'
import { ask } from './client.ts'
import type { ProbeDelivery } from './probe-routes.ts'

/** Results that wait for the router; more are dropped, and said to be. */
const WAITING = 10_000
/** Results in one request. */
const BATCH = 500

/** The router, and how to deliver what has not been delivered yet. */
export interface RemoteRouter extends ProbedRouter {
  /** Settles when all results so far are in the stream. Rejects when the router refuses them. */
  flush(): Promise<void>
}

/**
 * @param say told when results cannot be delivered
 * @param heard told of each result
 */
export function remoteRouter(
  server: ServerAddress,
  say: (line: string) => void,
  heard: (body: ProbeBody) => void,
): RemoteRouter {
  const clock = realClock()
  let waiting: ProbeBody[] = []
  let sending: Promise<void> | undefined
  /** Results are dropped now, which was said. */
  let full = false
  const send = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      waiting = waiting.slice(BATCH)
      const now = clock.now()
      const events = batch.map((body) => eventToJson({ ...body, seq: 0, at: now }))
      const delivery: ProbeDelivery = { now, events }
      await ask(server, 'POST', '/v1/probes/results', delivery)
    }
  }
  const flush = (): Promise<void> => {
    sending ??= send().finally(() => (sending = undefined))
    return sending
  }
  return {
    now: () => clock.now(),
    paths: async (targets) => {
      const body = { targets: targets.map(({ text }) => text) }
      return (await ask<{ paths: readonly Path[] }>(server, 'POST', '/v1/probes/paths', body)).paths
    },
    record: (body) => {
      heard(body)
      if (waiting.length >= WAITING) {
        if (!full) say(`results are lost: ${WAITING} wait for the router already`)
        full = true
        return
      }
      full = false
      waiting.push(body)
      // Whoever began to send says how that ended.
      if (sending === undefined)
        flush().catch((error: unknown) => say(`results are lost: ${whatHappened(error)}`))
    },
    flush,
  }
}
