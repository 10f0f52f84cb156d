// Prometheus metrics of a running router, gathered when they are asked for.
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { RouterHandle } from '../harness/handle.ts'

export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE

const registries = new WeakMap<RouterHandle, Registry>()

function gauge(
  registry: Registry,
  name: string,
  help: string,
  labelNames: string[],
  fill: (metric: Gauge) => void,
): void {
  const metric: Gauge = new Gauge({
    name: `routewitness_${name}`,
    help,
    labelNames,
    registers: [registry],
    collect() {
      metric.reset()
      fill(metric)
    },
  })
}

function counter(registry: Registry, name: string, help: string, value: () => number): void {
  const metric: Counter = new Counter({
    name: `routewitness_${name}_total`,
    help,
    registers: [registry],
    collect() {
      metric.reset()
      metric.inc(value())
    },
  })
}

function registryOf(handle: RouterHandle): Registry {
  const known = registries.get(handle)
  if (known !== undefined) return known
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const labels = ['node', 'peer_asn', 'router_id']
  const of = (row: ReturnType<RouterHandle['peers']>[number]): Record<string, string> => ({
    node: row.node ?? '',
    peer_asn: String(row.asn),
    router_id: row.identifier,
  })
  gauge(
    registry,
    'session_established',
    '1 while the session of the peer is Established',
    labels,
    (metric) => {
      for (const row of handle.peers()) metric.set(of(row), row.state === 'established' ? 1 : 0)
    },
  )
  gauge(registry, 'routes', 'Routes in the Adj-RIB-In of the peer, stale ones included', labels, (metric) => {
    for (const row of handle.peers()) metric.set(of(row), row.routes)
  })
  gauge(registry, 'stale_routes', 'Routes kept by graceful restart alone', labels, (metric) => {
    for (const row of handle.peers()) metric.set(of(row), row.stale)
  })
  gauge(registry, 'findings', 'Findings open now', ['code', 'severity'], (metric) => {
    for (const finding of handle.verdict().findings)
      metric.inc({ code: finding.code, severity: finding.severity })
  })
  gauge(
    registry,
    'not_judged_routes',
    'Routes that an advertisement of a type not yet understood could explain',
    [],
    (metric) => {
      metric.set(handle.verdict().notJudged.length)
    },
  )
  gauge(
    registry,
    'cluster_resource_synced',
    '1 while the watch of the resource is up to date',
    ['resource'],
    (metric) => {
      for (const [resource, how] of handle.router.observer.world.resources)
        metric.set({ resource }, how === 'synced' ? 1 : 0)
    },
  )
  gauge(registry, 'open_connections', 'TCP connections open now', [], (metric) =>
    metric.set(handle.router.stats.open),
  )
  counter(registry, 'connections', 'TCP connections accepted', () => handle.router.stats.connections)
  counter(
    registry,
    'connections_refused',
    'Connections refused because of a limit',
    () => handle.router.stats.refused,
  )
  counter(registry, 'messages_received', 'BGP messages received', () => handle.router.stats.messagesIn)
  counter(registry, 'messages_sent', 'BGP messages sent', () => handle.router.stats.messagesOut)
  counter(registry, 'events', 'Events in the stream', () => handle.router.observer.world.lastEvent.seq)
  counter(
    registry,
    'events_lost',
    'Events that the trace lacks because the disk could not follow',
    () => handle.router.stats.lost,
  )
  registries.set(handle, registry)
  return registry
}

/** The exposition text. */
export function metricsText(handle: RouterHandle): Promise<string> {
  return registryOf(handle).metrics()
}
