// A cluster that is watched. Loaded on first use: the Kubernetes client takes a third of a second.
import { setMaxListeners } from 'node:events'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import { WATCHED_KINDS } from '../core/expected/kinds.ts'
import { UserError } from '../core/errors/user-error.ts'
import { realClock } from '../net/clock.ts'
import { ApiClient, ApiError } from './api-client.ts'
import type { ClusterOptions, ObjectSink, ObjectSource } from './contract.ts'
import { follow, TIMING, type FollowContext, type Following } from './follow.ts'

/** How long the first answer may take, in milliseconds. */
const FIRST_ANSWER = 10_000

/** What a follower has waiting for the signal at most: a request, the one before it that is not closed yet, a pause. */
const LISTENERS_PER_KIND = 3

export class ClusterSource implements ObjectSource {
  readonly #options: ClusterOptions
  readonly #stop = new AbortController()
  #following: readonly Following[] = []
  #description = 'a cluster'

  constructor(options: ClusterOptions) {
    this.#options = options
    // Node takes more than ten listeners for a leak; there are that many followers.
    setMaxListeners(LISTENERS_PER_KIND * WATCHED_KINDS.length, this.#stop.signal)
  }

  get description(): string {
    return this.#description
  }

  async start(sink: ObjectSink): Promise<void> {
    const config = loadConfig(this.#options)
    const api = new ApiClient(config)
    this.#description = `context "${config.getCurrentContext()}", server ${api.server}`
    await this.#firstContact(api)
    const context: FollowContext = {
      api,
      namespace: this.#options.namespace ?? 'kube-system',
      sink,
      timing: { ...TIMING, ...this.#options.timing },
      clock: this.#options.clock ?? realClock({ keepProcess: false }),
      signal: this.#stop.signal,
    }
    this.#following = WATCHED_KINDS.map((kind) => follow(kind, context))
    await Promise.all(this.#following.map(({ first }) => first))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#following.map(({ ended }) => ended))
  }

  /** Any answer will do, but a refusal of our credentials. */
  async #firstContact(api: ApiClient): Promise<void> {
    try {
      await api.get('/version', {}, { signal: this.#stop.signal, silence: FIRST_ANSWER })
    } catch (cause) {
      if (cause instanceof ApiError && cause.status !== 401) return
      if (cause instanceof SyntaxError)
        throw failure(`${this.#description} does not answer like a Kubernetes API server`, cause)
      const what = cause instanceof ApiError ? 'refuses our credentials' : 'cannot be reached'
      throw failure(`the cluster ${what}: ${this.#description}: ${reason(cause)}`, cause)
    }
  }
}

/** Where a pod has the token of its service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** The files that a kubeconfig is looked for in. */
function usualPlaces(): readonly string[] {
  const named = process.env['KUBECONFIG']
  return named === undefined || named === ''
    ? [join(homedir(), '.kube', 'config')]
    : named.split(delimiter).filter((file) => file !== '')
}

/** The client makes up a service account or a cluster on localhost where there is none. */
function refuseNothing({ kubeconfig, kubeconfigText, inCluster }: ClusterOptions): void {
  if (kubeconfigText !== undefined || kubeconfig !== undefined) return
  const inPod = existsSync(SERVICE_ACCOUNT) && (process.env['KUBERNETES_SERVICE_HOST'] ?? '') !== ''
  if (inPod) return
  if (inCluster === true)
    throw failure(`not inside a pod: there is no service account at ${SERVICE_ACCOUNT}`, undefined, {
      remedy:
        'Outside of the cluster name a context or a kubeconfig (--context, --kubeconfig, or the options of fromCluster), or use objects (--objects DIR, or fromObjects).',
    })
  const places = usualPlaces()
  if (!places.some((file) => existsSync(file)))
    throw failure(`no kubeconfig found at ${places.join(' or ')}`, undefined, {
      remedy:
        'Name it (--kubeconfig, fromCluster({ kubeconfig }) or $KUBECONFIG), or use objects (--objects DIR, or fromObjects).',
    })
}

/** The kubeconfig that the options mean. Throws RW_CLUSTER. */
export function loadConfig(options: ClusterOptions): KubeConfig {
  refuseNothing(options)
  const config = new KubeConfig()
  try {
    if (options.kubeconfigText !== undefined) config.loadFromString(options.kubeconfigText)
    else if (options.kubeconfig !== undefined) config.loadFromFile(options.kubeconfig)
    else if (options.inCluster === true) config.loadFromCluster()
    else config.loadFromDefault()
  } catch (cause) {
    const where =
      options.kubeconfig ??
      (options.inCluster === true ? 'the service account of this pod' : 'the kubeconfig')
    throw failure(`cannot load ${where}: ${reason(cause)}`, cause)
  }
  if (options.context !== undefined) {
    const names = config.getContexts().map((context) => context.name)
    if (!names.includes(options.context))
      throw failure(
        `there is no context "${options.context}"; there is ${names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', ')}`,
      )
    config.setCurrentContext(options.context)
  }
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw failure(`context "${config.getCurrentContext()}" names no cluster`)
  // The client refuses plain http, where there is no certificate to verify anyway, unless told so.
  if (cluster.server.startsWith('http:'))
    config.clusters = config.clusters.map((one) => (one === cluster ? { ...one, skipTLSVerify: true } : one))
  return config
}

function failure(message: string, cause?: unknown, options: { readonly remedy?: string } = {}): UserError {
  return new UserError('RW_CLUSTER', message, { ...options, ...(cause === undefined ? {} : { cause }) })
}

function reason(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reason).join(', ')
  return cause instanceof Error ? cause.message : String(cause)
}
