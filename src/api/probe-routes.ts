// The routes of the API about probes: what is probed, which paths lead to targets, and results of a prober elsewhere.
import { UserError } from '../core/errors/user-error.ts'
import { eventFromJson } from '../core/stream/json.ts'
import type { RouterHandle } from '../harness/handle.ts'
import { parseTarget, pathsTo } from '../probe/plan.ts'
import { probeRows } from '../probe/rows.ts'
import type { ProbeBody } from '../probe/prober.ts'
import type { ApiRoute } from './http.ts'

/** Results that a prober sends: events as JSON, with the instant of its own clock at which it sent them. */
export interface ProbeDelivery {
  readonly now: number
  readonly events: readonly Readonly<Record<string, unknown>>[]
}

export function probeRoutes(handle: RouterHandle): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/v1/probes',
      guarded: false,
      what: 'reading probes',
      answer: () => ({ json: { now: handle.now, rows: probeRows(handle.router.observer) } }),
    },
    {
      method: 'POST',
      path: '/v1/probes/paths',
      // It changes nothing.
      guarded: false,
      what: 'reading paths',
      answer: ({ body }) => {
        const { targets } = (body ?? {}) as { targets?: unknown }
        if (!Array.isArray(targets)) throw new UserError('RW_USAGE', 'the request needs "targets" as a list')
        return {
          json: {
            paths: pathsTo(
              handle.router.observer,
              targets.map((target) => parseTarget(String(target))),
            ),
          },
        }
      },
    },
    {
      method: 'POST',
      path: '/v1/probes/results',
      guarded: true,
      what: 'recording results of probes',
      answer: ({ body }) => {
        const { now, events } = (body ?? {}) as Partial<ProbeDelivery>
        if (!Array.isArray(events) || typeof now !== 'number')
          throw new UserError('RW_USAGE', 'the request needs "now" as a number and "events" as a list')
        const bodies = (events as ProbeDelivery['events']).map((event) => probeBody(event, handle.now - now))
        for (const one of bodies) handle.router.recordProbe(one)
        return { json: { recorded: bodies.length } }
      },
    },
  ]
}

/** The event as ours: instants of the prober's clock are moved by how far ours is ahead. */
function probeBody(json: Readonly<Record<string, unknown>>, ahead: number): ProbeBody {
  let event
  try {
    event = eventFromJson({ ...json, seq: 0 })
  } catch (error) {
    throw new UserError('RW_USAGE', `no result of a probe: ${(error as Error).message}`)
  }
  const shift = (at: number): number => Math.max(0, Math.round(at + ahead))
  if (event?.type === 'probe') {
    const { seq: _seq, at: _at, ...body } = event
    return { ...body, from: shift(body.from), sent: shift(body.sent), since: shift(body.since) }
  }
  if (event?.type === 'sysctl') {
    const { seq: _seq, at: _at, ...body } = event
    const before = body.before === undefined ? {} : { before: shift(body.before) }
    return { ...body, read: shift(body.read), ...before }
  }
  throw new UserError('RW_USAGE', `an event of type ${String(json['type'])} is no result of a probe`)
}
