// The API of a running router: state, rows, verdict, waits, marks, metrics. One set of routes for the control socket and TCP.
import { resolve } from 'node:path'
import { parseDuration } from '../harness/duration.ts'
import type { RouterHandle, RowKind } from '../harness/handle.ts'
import { conditionOf, instantOf, seqOf, type WaitLine } from '../harness/until.ts'
import { VERSION } from '../harness/version.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Answer, ApiRoute, Call } from './http.ts'
import { metricsText, METRICS_TYPE } from './metrics.ts'

const ROW_KINDS: readonly RowKind[] = ['peers', 'routes', 'nodes', 'expected', 'findings', 'events']

function rowsRoute(handle: RouterHandle, kind: RowKind): ApiRoute {
  return {
    method: 'GET',
    path: `/v1/${kind}`,
    guarded: false,
    answer: ({ query, signal }) => {
      const text = kind === 'events' ? query.get('since') : null
      const since = text === null ? undefined : seqOf(instantOf(text, handle.router.observer.world))
      // Before the answer begins, so that it can still be refused.
      const rows = since === undefined ? undefined : handle.eventsSince(since)
      if (query.get('watch') === 'true') return { lines: handle.watchRows(kind, signal, since) }
      return { json: rows ?? handle.rows(kind) }
    },
  }
}

function state(handle: RouterHandle): unknown {
  const { observer, stats } = handle.router
  const { config, resources, lastEvent } = observer.world
  return {
    version: VERSION,
    asn: config.asn,
    listeners: handle.listeners,
    trace: handle.trace,
    now: handle.now,
    lastEvent,
    resources: Object.fromEntries(resources),
    marks: observer.world.marks.list(),
    stats,
  }
}

function textField(body: unknown, name: string): string {
  const value =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
  if (typeof value !== 'string') throw new UserError('RW_USAGE', `the request needs "${name}" as text`)
  return value
}

/** The lines of a wait: who is waited for whenever it changes, and at the end that it is so. */
async function* waitLines(handle: RouterHandle, { body, signal }: Call): AsyncGenerator<WaitLine> {
  const { condition: spec, timeout } = (body ?? {}) as { condition?: unknown; timeout?: string | number }
  const condition = conditionOf(spec, handle.router.observer.world)
  if (timeout !== undefined) parseDuration(timeout, 'timeout')
  const begun = handle.now
  const lines: WaitLine[] = []
  let wake: () => void = () => undefined
  const waited = handle.wait(condition, {
    ...(timeout === undefined ? {} : { timeout }),
    signal,
    onProgress: (line) => {
      lines.push(line)
      wake()
    },
  })
  const ended = waited.then(
    () => true,
    () => true,
  )
  for (let over = false; !over || lines.length > 0;) {
    const line = lines.shift()
    if (line !== undefined) yield line
    else over = await Promise.race([ended, new Promise<boolean>((resolve) => (wake = () => resolve(false)))])
  }
  // Throws what the wait threw, a time-out above all.
  yield { condition: await waited, done: true, elapsed: handle.now - begun }
}

/** The routes of the API. */
export function apiRoutes(handle: RouterHandle): ApiRoute[] {
  const get = (path: string, answer: (call: Call) => Answer | Promise<Answer>): ApiRoute => ({
    method: 'GET',
    path,
    guarded: false,
    answer,
  })
  return [
    get('/v1/state', () => ({ json: state(handle) })),
    get('/v1/settling', () => ({ json: { pending: handle.verdict().unsettled.length } })),
    get('/v1/verdict', async ({ query, signal }) => ({
      json: query.get('settled') === 'true' ? await handle.settled({ signal }) : handle.verdict(),
    })),
    ...ROW_KINDS.map((kind) => rowsRoute(handle, kind)),
    get('/metrics', async () => ({ text: await metricsText(handle), type: METRICS_TYPE })),
    {
      method: 'POST',
      path: '/v1/wait',
      guarded: true,
      answer: (call) => ({ lines: waitLines(handle, call) }),
    },
    {
      method: 'POST',
      path: '/v1/flush',
      guarded: true,
      answer: async () => {
        await handle.router.flush()
        return { json: { trace: handle.trace === undefined ? undefined : resolve(handle.trace) } }
      },
    },
    {
      method: 'POST',
      path: '/v1/marks',
      guarded: true,
      answer: ({ body }) => ({ json: handle.mark(textField(body, 'name')) }),
    },
  ]
}
