// Starting a router with its cluster: the one call behind `serve`, `demo` and tests.
import { UserError } from '../core/errors/user-error.ts'
import type { ObjectSource } from '../kube/source.ts'
import { realClock } from '../net/clock.ts'
import { Router } from '../router/router.ts'
import { parseDuration } from './duration.ts'
import { RouterHandle } from './handle.ts'
import { resolveSettings, type Locate, type RouterSettings } from './options.ts'
import { VERSION } from './version.ts'

export interface StartOptions extends RouterSettings {
  /** Where the expected routes come from: fromCluster(…) or fromObjects(…). Left out: record only. */
  readonly expected?: ObjectSource | undefined
  /** Told of what went wrong without ending the router: the disk, the watch of the cluster. */
  readonly onProblem?: ((message: string) => void) | undefined
}

/**
 * Starts a router: listens, opens the trace, reads the cluster's objects.
 * Throws UserError: RW_CONFIG (with the wrong key), RW_PORT_IN_USE, RW_PORT_DENIED, RW_ADDRESS, RW_CLUSTER, RW_TRACE_IO …
 */
export async function startRouter(options: StartOptions, locate?: Locate): Promise<RouterHandle> {
  const { expected, onProblem, ...settings } = options
  const resolved = resolveSettings(settings, locate)
  const { trace } = resolved
  const clock = realClock()
  const router = await Router.start({
    config: resolved.speaker,
    listen: resolved.listen,
    settle: resolved.settle,
    limits: { perSource: resolved.limits.connectionsPerSource, total: resolved.limits.connections },
    clock,
    version: VERSION,
    ...(onProblem === undefined ? {} : { onProblem }),
    trace:
      trace === undefined
        ? undefined
        : {
            directory: trace.directory,
            resume: trace.resume,
            ...(trace.rotateBytes === undefined ? {} : { rotateBytes: trace.rotateBytes }),
            ...(trace.rotateEvery === undefined
              ? {}
              : { rotateSeconds: parseDuration(trace.rotateEvery, 'rotateEvery') / 1e6 }),
            ...(trace.keep === undefined ? {} : { keepSegments: trace.keep }),
          },
  })
  const handle = new RouterHandle(router, clock, resolved, expected)
  try {
    await expected?.start({
      object: (action, object) => void router.object(action, object),
      resource: (name, state, message) => void router.resource(name, state, message),
    })
  } catch (error) {
    await handle.stop()
    throw error instanceof Error ? error : new UserError('RW_CLUSTER', String(error))
  }
  return handle
}
