// What is looked at before a router peers with a cluster, or a lab is built, and what each look gives.
import type { ClusterObject } from '../../core/stream/events.ts'
import type { Objects } from '../../core/expected/settings.ts'

/** 'skipped': it could not be looked at, and `what` says why. */
export type CheckVerdict = 'ok' | 'warning' | 'error' | 'skipped'

export interface Outcome {
  readonly verdict: CheckVerdict
  /** One line: what is so. */
  readonly what: string
  /** One line: what to do about it. */
  readonly remedy?: string | undefined
}

/** Our router, as far as it is known before it runs. */
export interface RouterFacts {
  /** Address that the nodes dial, canonical text; undefined: not told. */
  readonly address: string | undefined
  readonly asn: number | undefined
  /** "0.0.0.0:1790". */
  readonly listen: readonly string[]
}

/** What a command gave; `code` is undefined when it could not be started. */
export interface CommandResult {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** This machine. */
export interface Host {
  readonly platform: NodeJS.Platform
  /** Of Node: "20.19.0". */
  readonly nodeVersion: string
  /** Content of a file; undefined when it cannot be read. */
  read(path: string): Promise<string | undefined>
  /** Names in a directory; empty when it cannot be read. */
  list(path: string): Promise<readonly string[]>
  run(command: string, args: readonly string[]): Promise<CommandResult>
  /** Listens for a moment. @returns the system's error code, undefined when it works */
  tryListen(host: string, port: number): Promise<string | undefined>
}

export interface Facts {
  /** Undefined: no cluster was named. */
  readonly cluster: Objects | undefined
  readonly router: RouterFacts
  readonly host: Host
  /** What could not be read, and why: "Service", or "Secret kube-system/bgp-auth". */
  readonly unread?: ReadonlyMap<string, string>
  /** Of the agents' DaemonSet, by name; undefined where it could not be read. */
  readonly initContainers?: readonly string[] | undefined
}

/** One look. Runs alone or with all others. */
export interface Check {
  /** Kebab-case. */
  readonly id: string
  readonly title: string
  /** 'lab': what only a kind lab on this machine needs. */
  readonly about: 'cluster' | 'host' | 'lab'
  run(facts: Facts): readonly Outcome[] | Promise<readonly Outcome[]>
}

/** A look at the cluster's objects; without a cluster it is skipped. */
export function clusterCheck(
  id: string,
  title: string,
  run: (objects: Objects, router: RouterFacts, facts: Facts) => readonly Outcome[],
): Check {
  return {
    id,
    title,
    about: 'cluster',
    run: (facts) =>
      facts.cluster === undefined
        ? [{ verdict: 'skipped', what: 'no cluster: give --context or --objects' }]
        : run(facts.cluster, facts.router, facts),
  }
}

export const ok = (what: string): Outcome => ({ verdict: 'ok', what })
export const skipped = (what: string): Outcome => ({ verdict: 'skipped', what })
export const warning = (what: string, remedy?: string): Outcome => ({ verdict: 'warning', what, remedy })
export const error = (what: string, remedy?: string): Outcome => ({ verdict: 'error', what, remedy })

/** Objects as they were listed. */
export function objectsOf(list: readonly ClusterObject[]): Objects {
  return {
    get: (kind, name, namespace) =>
      list.find(
        (object) =>
          object.kind === kind &&
          object.metadata.name === name &&
          (namespace === undefined || object.metadata.namespace === namespace),
      ),
    list: (kind) => list.filter((object) => object.kind === kind),
  }
}
