// `serve` in one call, for the global setup of a test run: a router that other processes attach to.
import { randomBytes } from 'node:crypto'
import { forCaller } from '../core/errors/caller.ts'
import type { RouterHandle } from '../harness/handle.ts'
import { sourceFrom } from '../harness/sources.ts'
import { isSource, type StartOptions } from '../harness/start.ts'
import { serve } from './serve.ts'

export interface ServeRouterOptions extends StartOptions {
  /** Where the HTTP API is; left out: 127.0.0.1 and a free port. */
  readonly http?: string | undefined
  /** At least 16 characters; left out: one is made up. */
  readonly token?: string | undefined
  /** Path of a control socket; left out: none. */
  readonly socket?: string | undefined
}

/** A router and its API. Stops with `await using`, or with stop(). */
export interface ServedRouter extends AsyncDisposable {
  readonly handle: RouterHandle
  /** What `attachRouter` takes; plain values, so that they can be handed to other processes. */
  readonly url: string
  readonly token: string
  readonly socket: string | undefined
  stop(): Promise<void>
}

/**
 * Starts a router as `startRouter` does, and its API. Throws what startRouter throws, and UserErrors about the HTTP address
 * and the socket.
 */
export async function serveRouter(options: ServeRouterOptions): Promise<ServedRouter> {
  return forCaller(() => served(options))
}

async function served(options: ServeRouterOptions): Promise<ServedRouter> {
  const { http = '127.0.0.1:0', socket = false, expected, onProblem, ...settings } = options
  const token = options.token ?? randomBytes(32).toString('hex')
  const { token: _token, ...checked } = { token, ...settings }
  const serving = await serve({
    settings: checked,
    expected: expected === undefined || isSource(expected) ? expected : sourceFrom(expected),
    http,
    token,
    socket,
    environment: process.env,
    say: () => undefined,
    onProblem,
  })
  const stop = (): Promise<void> => serving.stop()
  return {
    handle: serving.handle,
    url: serving.url!,
    token,
    socket: serving.socket,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
