// Starting a router with its cluster: the one call behind `serve`, `demo` and tests.
import { forCaller } from '../core/errors/caller.ts'
import type { ObjectSink, ObjectSource } from '../kube/source.ts'
import { realClock } from '../net/clock.ts'
import type { TraceOptions } from '../router/options.ts'
import { Router } from '../router/router.ts'
import { discardTrace } from '../trace/discard.ts'
import { parseDuration } from './duration.ts'
import { RouterHandle } from './handle.ts'
import { resolveSettings, type Locate, type ResolvedSettings, type RouterSettings } from './options.ts'
import { sourceFrom, type SourceSettings } from './sources.ts'
import { VERSION } from './version.ts'

export interface StartOptions extends RouterSettings {
  /**
   * Where the expected routes come from: fromCluster(…), fromObjects(…) or fromStatic(…), or the mapping `expected` of the
   * configuration file. Left out: record only.
   */
  readonly expected?: ObjectSource | SourceSettings | undefined
  /** Told of what went wrong without ending the router: the disk, the watch of the cluster. */
  readonly onProblem?: ((message: string) => void) | undefined
}

/**
 * Starts a router: listens, opens the trace, reads the cluster's objects.
 * Throws UserError: RW_CONFIG (with the wrong key), RW_PORT_IN_USE, RW_PORT_DENIED, RW_ADDRESS, RW_SOCKET_OPTIONS, RW_CLUSTER, RW_TRACE_IO …
 * A start that fails leaves no trace behind.
 * @param ready called when the router listens, before the cluster's objects are read
 */
export async function startRouter(
  options: StartOptions,
  locate?: Locate,
  ready?: (handle: RouterHandle) => Promise<void>,
): Promise<RouterHandle> {
  return forCaller(() => started(options, locate, ready))
}

async function started(
  options: StartOptions,
  locate: Locate | undefined,
  ready: ((handle: RouterHandle) => Promise<void>) | undefined,
): Promise<RouterHandle> {
  const { expected: from, onProblem, ...settings } = options
  // Keys go to the sockets and nowhere else.
  const { security, ...resolved } = resolveSettings(settings, locate)
  const expected = from === undefined || isSource(from) ? from : sourceFrom(from, locate)
  const clock = realClock()
  const router = await Router.start({
    config: resolved.speaker,
    listen: resolved.listen,
    security,
    settle: resolved.settle,
    limits: { perSource: resolved.limits.connectionsPerSource, total: resolved.limits.connections },
    clock,
    version: VERSION,
    ...(onProblem === undefined ? {} : { onProblem }),
    trace: traceOptions(resolved.trace),
  })
  const sink: ObjectSink = {
    object: (action, object) => void router.object(action, object),
    resource: (name, state, message) => void router.resource(name, state, message),
  }
  const handle = new RouterHandle(router, clock, resolved, async () => expected?.stop(sink))
  try {
    await ready?.(handle)
    await expected?.start(sink)
  } catch (error) {
    await handle.stop()
    if (resolved.trace?.resume === false) await discardTrace(resolved.trace.directory)
    throw error
  }
  return handle
}

/** A source of code; anything else is checked as the mapping of the configuration file. */
export const isSource = (from: ObjectSource | SourceSettings): from is ObjectSource =>
  typeof from === 'object' && from !== null && 'start' in from

function traceOptions(trace: ResolvedSettings['trace']): TraceOptions | undefined {
  if (trace === undefined) return undefined
  const { directory, resume, rotateBytes, rotateEvery, keep } = trace
  return {
    directory,
    resume,
    ...(rotateBytes === undefined ? {} : { rotateBytes }),
    ...(rotateEvery === undefined ? {} : { rotateSeconds: parseDuration(rotateEvery, 'rotateEvery') / 1e6 }),
    ...(keep === undefined ? {} : { keepSegments: keep }),
  }
}
