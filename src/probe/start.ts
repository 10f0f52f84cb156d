// Probing the routes of a router in this process: what tests call.
import { UserError } from '../core/errors/user-error.ts'
import type { ProbeKind } from '../core/stream/probe-events.ts'
import { parseDuration } from '../harness/duration.ts'
import type { RouterHandle } from '../harness/handle.ts'
import { parseAccess, type Access } from './access.ts'
import { NoRight } from './pins.ts'
import { parseTarget, pathsTo } from './plan.ts'
import { Prober, type ProbedRouter, type ProbeMode } from './prober.ts'

export interface ProbeOptions {
  /** Addresses of echo servers behind announced routes: "10.5.113.10:8080". */
  readonly targets?: readonly string[]
  /** Ways to nodes whose sysctls are read: "netns:node1", "docker:kind-worker", "worker=local". */
  readonly census?: readonly (string | Access)[]
  /** `pinned`: each next hop by itself, which needs CAP_NET_ADMIN; `direct`: the system's own routes; `auto`: what can be had. */
  readonly mode?: ProbeMode
  /** All four unless given. */
  readonly kinds?: readonly ProbeKind[]
  /** From probe to probe of a series: "200ms" unless given. */
  readonly interval?: string | number
  /** After which a probe is lost: "1s" unless given. */
  readonly timeout?: string | number
  /** From one reading of the sysctls to the next: "500ms" unless given. */
  readonly censusInterval?: string | number
  /** Told what cannot be done. */
  readonly onProblem?: (message: string) => void
}

export const PROBE_KINDS = ['new', 'kept', 'ecmp', 'large'] as const satisfies readonly ProbeKind[]

/** Probes that run. Ends with stop(), or with `await using`. */
export interface Probes extends AsyncDisposable {
  /** True when every next hop is probed by itself. */
  readonly pinned: boolean
  stop(): Promise<void>
}

/**
 * Probes along the announced routes, and reads sysctls; results are events of the router's stream, and findings follow from
 * them. Probes leave from the network namespace of this process.
 * @throws UserError RW_USAGE for what is no target or way to a node, RW_PROBE when mode `pinned` cannot be had
 */
export function startProbes(handle: RouterHandle, options: ProbeOptions): Promise<Probes> {
  return startProber(
    {
      now: () => handle.now,
      paths: (targets) => Promise.resolve(pathsTo(handle.router.observer, targets)),
      record: (body) => {
        if (!handle.stopped) handle.router.recordProbe(body)
      },
    },
    options,
  )
}

/** The same for a router that is reached otherwise. */
export async function startProber(router: ProbedRouter, options: ProbeOptions): Promise<Probes> {
  const millis = (value: string | number | undefined, otherwise: number, name: string): number =>
    value === undefined ? otherwise : parseDuration(value, name) / 1e3
  const targets = (options.targets ?? []).map(parseTarget)
  const census = (options.census ?? []).map((way) => (typeof way === 'string' ? parseAccess(way) : way))
  if (targets.length + census.length === 0)
    throw new UserError('RW_USAGE', 'there is nothing to probe', {
      remedy: 'Give a target such as 10.5.113.10:8080, or a node whose sysctls are to be read.',
    })
  try {
    const prober = await Prober.start(router, {
      targets,
      census,
      mode: options.mode ?? 'auto',
      kinds: options.kinds ?? PROBE_KINDS,
      interval: millis(options.interval, 200, 'interval'),
      timeout: millis(options.timeout, 1000, 'timeout'),
      censusInterval: millis(options.censusInterval, 500, 'censusInterval'),
      say: options.onProblem ?? (() => undefined),
    })
    return {
      pinned: prober.pinned,
      stop: () => prober.stop(),
      [Symbol.asyncDispose]: () => prober.stop(),
    }
  } catch (error) {
    if (error instanceof NoRight) throw new UserError('RW_PROBE', error.message, { cause: error })
    throw error
  }
}
