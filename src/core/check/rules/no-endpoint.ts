import { plural } from '../../errors/plural.ts'
import { NO_ENDPOINTS, type Endpoints } from '../../expected/services.ts'
import { before } from '../../expected/settings.ts'
import { formatAddress } from '../../ip/text.ts'
import { isAdvertised, judgeVip, POLICY_FIELD, unservedSince, type UnservedUse } from '../vip.ts'
import type { Claim, View } from '../view.ts'
import { announcedBy, evidenceOf, eventsOf, firstOf, onlyStale, timeOfDay } from '../words.ts'
import type { ClaimRule } from './rule.ts'

/**
 * The address of a Service whose traffic policy is Local, announced by a node that has no ready endpoint for it: what
 * routers send there is dropped (D-19). Cilium 1.19 and later count endpoints that are ready (pkg/bgp/manager/reconciler/service.go,
 * hasBackends), 1.18 all that do not end (cilium#45276).
 */
export const noEndpoint: ClaimRule = {
  on: 'claim',
  code: 'no-endpoint',
  severity: 'error',
  meaning:
    'the address of a Service with traffic policy Local, announced by a node that has no ready endpoint of it',

  judge(claim, view) {
    const verdict = judgeVip(claim, view)
    if (verdict?.is !== 'unserved') return undefined
    const { uses } = verdict
    const since = unservedSince(claim, uses)
    // A node whose session is gone may have endpoints that nobody sees any more: finding "stale". What was wrong before stays
    // so: a stale route draws traffic like any other.
    const stale = onlyStale(claim)
    if (stale && since >= Math.min(...claim.sightings.map(({ route }) => route.stale!.since)))
      return undefined
    const went = uses.map(({ use }) => use.service.emptied(claim.prefix.afi, claim.node))
    const draining = uses.some(({ here }) => here.draining > 0)
    return {
      // What still ends goes on serving while nobody else is there: traffic is lost when it is gone.
      severity: draining ? 'warning' : 'error',
      since,
      evidence: evidenceOf(...eventsOf(claim), ...uses.map(({ use }, at) => went[at]?.event ?? use.event)),
      summary: `${announcedBy(claim)}; ${uses.map((one) => about(one, claim)).join('; ')}`,
      cause: `${causeOf(uses, claim, view)}${stale ? '; its session is down, and graceful restart keeps the route' : ''}`,
      impact: impactOf(uses, claim, view, draining),
      remedy: remedyOf(uses, claim, view),
    }
  },
}

/** "LoadBalancerIP of Service default/web (externalTrafficPolicy Local), which has no ready endpoint on node01 since 12:00:01.204 (1 not ready)" */
function about({ use, here }: UnservedUse, { node, prefix }: Claim): string {
  const { service, type } = use
  const went = service.emptied(prefix.afi, node)
  const since = went === undefined ? '' : ` since ${timeOfDay(went.at)}`
  const instead = conditions(here)
  return (
    `${type} of Service ${service.facts.name} (${POLICY_FIELD[type]} Local), ` +
    `which has no ready endpoint on ${node}${since}${instead === '' ? '' : ` (${instead})`}`
  )
}

/** So many nodes with ready endpoints are named. */
const NAMED = 5

/** Where ready endpoints of the Services are, by node; where there is none, what there is instead. */
function whereReady(uses: readonly UnservedUse[], { node, prefix }: Claim): string {
  const ready = new Map<string, number>()
  const sum = { ...NO_ENDPOINTS }
  for (const { use } of uses)
    for (const [name, endpoints] of use.service.endpoints(prefix.afi)) {
      if (endpoints.ready > 0) ready.set(name, (ready.get(name) ?? 0) + endpoints.ready)
      if (name === node) continue
      for (const key of ['notReady', 'draining', 'ending'] as const) sum[key] += endpoints[key]
    }
  if (ready.size === 0) {
    const others = conditions(sum)
    return `no endpoint is ready on any node${others === '' ? '' : ` (elsewhere: ${others})`}`
  }
  const named = [...ready].slice(0, NAMED).map(([name, count]) => (count === 1 ? name : `${name} (${count})`))
  const more = ready.size - named.length
  return `ready endpoints are on ${named.join(', ')}${more === 0 ? '' : ` and ${plural(more, 'more node')}`}`
}

/** "1 not ready, 2 terminating and still serving"; empty when there are none. */
function conditions({ notReady, draining, ending }: Endpoints): string {
  return [
    ...(notReady > 0 ? [`${notReady} not ready`] : []),
    ...(draining > 0 ? [`${draining} terminating and still serving`] : []),
    ...(ending > 0 ? [`${ending} terminating`] : []),
  ].join(', ')
}

function isOld(uses: readonly UnservedUse[], { settings }: View): boolean {
  const { version } = settings
  return version !== undefined && before(version, 1, 19) && uses.some(({ here }) => here.notReady > 0)
}

function causeOf(uses: readonly UnservedUse[], claim: Claim, view: View): string {
  if (isOld(uses, view))
    return `Cilium ${view.settings.version!.text} counts endpoints that are not ready, too (cilium#45276)`
  // Where no configuration of the node is known, nobody can say what it selects.
  const configured = (view.state(claim.node)?.peers.length ?? 0) > 0
  if (configured && !uses.some(({ use }) => isAdvertised(use, claim)))
    return `no advertisement selects the Service for this peer: ${claim.node} announces it for another reason`
  const went = uses.map(({ use }) => use.service.emptied(claim.prefix.afi, claim.node)?.at ?? 0)
  if (went.every((at) => at === 0))
    return `${claim.node} announces it although no ready endpoint was ever seen there`
  return firstOf(claim).route.since > Math.max(...went)
    ? `${claim.node} announced it after its last ready endpoint had gone`
    : `${claim.node} did not withdraw it when its last ready endpoint went`
}

function impactOf(uses: readonly UnservedUse[], claim: Claim, view: View, draining: boolean): string {
  const address = formatAddress(claim.prefix)
  const { afi } = claim.prefix
  const ready = (node: string): boolean =>
    uses.some(({ use }) => (use.service.endpoints(afi).get(node)?.ready ?? 0) > 0)
  const nodes = new Set(view.announcers(claim.key).map(({ node }) => node))
  const bad = [...nodes].filter((node) => !ready(node)).length
  const what = draining
    ? `new connections to ${address} still go to pods of ${claim.node} that end, and are dropped when those are gone`
    : `what routers send to ${address} by way of ${claim.node} is dropped there`
  const share = nodes.size > 1 ? ` (${bad} of ${nodes.size} announcers cannot serve it)` : ''
  return `${what}${share}; ${whereReady(uses, claim)}`
}

function remedyOf(uses: readonly UnservedUse[], claim: Claim, view: View): string {
  const [{ use }] = uses as readonly [UnservedUse, ...UnservedUse[]]
  const [namespace, name] = use.service.facts.name.split('/')
  const look = `kubectl -n ${namespace} get endpointslices -l kubernetes.io/service-name=${name}`
  if (isOld(uses, view)) return `Cilium >= 1.20; until then see why the pods do not become ready: ${look}`
  const { version } = view.settings
  // From 1.19 on the local Envoy is reason enough to announce it, wherever the endpoints are.
  const proxy =
    use.type === 'LoadBalancerIP' && (version === undefined || !before(version, 1, 19))
      ? ', unless a CiliumEnvoyConfig serves it'
      : ''
  return `${look}; if ${claim.node} has no ready one, restart its agent${proxy}`
}
