// The API of a running router: state, rows, verdict, waits, marks, metrics. One set of routes for the control socket and TCP.
import { resolve } from 'node:path'
import { parseDuration } from '../harness/duration.ts'
import type { RouterHandle, RowKind } from '../harness/handle.ts'
import { instantOf, seqOf } from '../harness/condition-spec.ts'
import { conditionOf, type WaitLine } from '../harness/until.ts'
import { VERSION } from '../harness/version.ts'
import { UserError } from '../core/errors/user-error.ts'
import { textField, type Answer, type ApiRoute, type Call } from './http.ts'
import { nextTurn, ROUTES_A_TURN } from '../harness/next-turn.ts'
import { stateToJson } from '../harness/live-state.ts'
import { testRoutes } from './test-routes.ts'
import { happeningToJson } from './wire-form.ts'
import { probeRoutes } from './probe-routes.ts'

const ROW_KINDS: readonly RowKind[] = ['peers', 'routes', 'nodes', 'expected', 'findings', 'events']

/** A parameter that is true or false, false when it is left out. */
function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name) ?? 'false'
  if (text !== 'true' && text !== 'false')
    throw new UserError('RW_USAGE', `${name}=${text} is neither true nor false`)
  return text === 'true'
}

function rowsRoute(handle: RouterHandle, kind: RowKind): ApiRoute {
  return {
    method: 'GET',
    path: `/v1/${kind}`,
    guarded: false,
    what: `reading ${kind}`,
    parameters: kind === 'events' ? ['watch', 'since'] : ['watch'],
    answer: ({ query, signal }) => {
      const text = query.get('since')
      const since = text === null ? undefined : seqOf(instantOf(text, handle.instants))
      // Before the answer begins, so that it can still be refused.
      const rows = since === undefined ? undefined : handle.eventsSince(since)
      if (flag(query, 'watch')) return { lines: handle.watchRows(kind, signal, since) }
      if (kind === 'routes') return { pieces: routesAsJson(handle) }
      return { json: rows ?? handle.rows(kind) }
    },
  }
}

/** The text of `handle.rows('routes')`, made in turns. */
async function* routesAsJson(handle: RouterHandle): AsyncGenerator<string> {
  yield `{"now":${JSON.stringify(handle.now)},"rows":[`
  let comma = ''
  for await (const rows of handle.routesInTurns()) {
    yield comma + rows.map((row) => JSON.stringify(row)).join(',')
    comma = ','
  }
  yield ']}'
}

/** The text of an object, made in turns: its lists may be long. */
async function* jsonInTurns(object: object): AsyncGenerator<string> {
  let comma = '{'
  for (const [key, value] of Object.entries(object) as [string, unknown][]) {
    if (value === undefined) continue
    yield `${comma}${JSON.stringify(key)}:`
    comma = ','
    if (!Array.isArray(value)) yield JSON.stringify(value)
    else if (value.length === 0) yield '[]'
    else {
      for (let from = 0; from < value.length; from += ROUTES_A_TURN) {
        const text = JSON.stringify(value.slice(from, from + ROUTES_A_TURN))
        yield `${from === 0 ? '[' : ','}${text.slice(1, -1)}`
        await nextTurn()
      }
      yield ']'
    }
  }
  yield '}'
}

function state(handle: RouterHandle): unknown {
  const { observer, stats } = handle.router
  const { config, resources, lastEvent } = observer.world
  return {
    version: VERSION,
    label: handle.label,
    asn: config.asn,
    listeners: handle.listeners,
    trace: handle.trace,
    now: handle.now,
    lastEvent,
    resources: Object.fromEntries(resources),
    marks: handle.marks.list(),
    stats,
  }
}

/** The event number that a request counts from; the last event where it says none. */
function sinceOf(query: URLSearchParams, handle: RouterHandle): number {
  const text = query.get('since')
  return text === null ? handle.at.seq : seqOf(instantOf(text, handle.instants))
}

async function* mapped<A, B>(values: AsyncIterable<A>, map: (value: A) => B): AsyncGenerator<B> {
  for await (const value of values) yield map(value)
}

/** The lines of a wait: who is waited for whenever it changes, and at the end that it is so. */
async function* waitLines(handle: RouterHandle, { body, signal }: Call): AsyncGenerator<WaitLine> {
  const { condition: spec, timeout } = (body ?? {}) as { condition?: unknown; timeout?: string | number }
  const condition = conditionOf(spec, handle.instants)
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

/**
 * The routes of the API. docs/api.md describes them.
 * @param isReady whether the cluster's objects have been read
 */
export function apiRoutes(handle: RouterHandle, isReady: () => boolean): ApiRoute[] {
  const get = (
    path: string,
    what: string,
    answer: (call: Call) => Answer | Promise<Answer>,
    parameters: readonly string[] = [],
  ): ApiRoute => ({ method: 'GET', path, guarded: false, what, parameters, answer })
  return [
    get('/v1/state', 'reading the state', () => ({ json: state(handle) })),
    get('/v1/ready', 'asking whether it is ready', () => {
      if (!isReady()) throw new UserError('RW_NOT_READY', 'the objects of the cluster have not been read yet')
      return { json: { ready: true } }
    }),
    get('/v1/snapshot', 'reading the state', async () => ({
      pieces: jsonInTurns(stateToJson(await handle.stateInTurns())),
    })),
    get(
      '/v1/changed',
      'waiting for a change',
      async ({ query, signal }) => ({
        json: { seq: await handle.changedSince(sinceOf(query, handle), signal) },
      }),
      ['since'],
    ),
    get(
      '/v1/happenings',
      'reading events',
      ({ query, signal }) => {
        const since = sinceOf(query, handle)
        // Before the answer begins, so that it can still be refused.
        handle.requireHistory(since)
        return { lines: mapped(handle.happenings(since, signal), happeningToJson) }
      },
      ['since'],
    ),
    get('/v1/settling', 'reading what settles', () => ({
      json: { pending: handle.verdict().unsettled.length },
    })),
    get(
      '/v1/verdict',
      'reading the verdict',
      async ({ query, signal }) => ({
        json: flag(query, 'settled') ? await handle.settled({ signal }) : handle.verdict(),
      }),
      ['settled'],
    ),
    ...ROW_KINDS.map((kind) => rowsRoute(handle, kind)),
    ...probeRoutes(handle),
    get('/metrics', 'reading metrics', async () => {
      // Loaded on first use: few ask, and the library and what it loads take ten megabytes.
      const { metricsText, METRICS_TYPE } = await import('./metrics.ts')
      return { text: await metricsText(handle), type: METRICS_TYPE }
    }),
    {
      method: 'POST',
      path: '/v1/wait',
      // It changes nothing.
      guarded: false,
      what: 'waiting',
      answer: (call) => ({ lines: waitLines(handle, call) }),
    },
    {
      method: 'POST',
      path: '/v1/flush',
      guarded: true,
      what: 'looking at the past of the running router',
      answer: async () => {
        await handle.router.flush()
        return { json: { trace: handle.trace === undefined ? undefined : resolve(handle.trace) } }
      },
    },
    {
      method: 'POST',
      path: '/v1/marks',
      guarded: true,
      what: 'naming an instant',
      answer: ({ body }) => ({ json: handle.mark(textField(body, 'name')) }),
    },
    ...testRoutes(handle),
  ]
}
