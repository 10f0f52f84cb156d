// From a Service to a route: an advertisement selects it, it has an address, and nothing else keeps Cilium from announcing it.
import { plural } from '../../core/errors/plural.ts'
import type { Field } from '../../core/expected/field.ts'
import { CILIUM_CLASS, serviceLabels } from '../../core/expected/services.ts'
import { readSelector, type Selector } from '../../core/expected/selector.ts'
import type { Objects } from '../../core/expected/settings.ts'
import { nameOf, rootsOf } from './chain-checks.ts'
import { clusterCheck, error, ok, skipped, warning, type Facts, type Outcome } from './contract.ts'

/** An entry of type Service of a CiliumBGPAdvertisement. */
interface Entry {
  readonly where: string
  readonly addresses: ReadonlySet<string>
  /** Undefined: there is none, and so nothing is selected. */
  readonly selects: Selector | undefined
}

/** More of the same kind are counted. */
const SHOWN = 5
const ALL = "selector: { matchExpressions: [{ key: somekey, operator: NotIn, values: ['never-used'] }] }"

export const services = clusterCheck(
  'services',
  'LoadBalancer Services have an address and are announced',
  (objects, _router, facts) => {
    const entries = serviceEntries(objects)
    if (entries.length === 0) return [skipped('no CiliumBGPAdvertisement announces Services')]
    const outcomes = entries.flatMap(useless)
    const why = facts.unread?.get('Service')
    if (why !== undefined) return [...outcomes, skipped(`Services cannot be looked at: ${why}`)]
    const all = rootsOf(objects, 'Service')
    outcomes.push(...selectsNothing(entries, all))
    const balanced = all.filter((service) => service.at('spec', 'type').text() === 'LoadBalancer')
    const selected = balanced.filter((service) => announcing(entries, service))
    outcomes.push(
      ...some(balanced.filter((service) => !announcing(entries, service)).map(placeOf), (names) =>
        warning(
          `no CiliumBGPAdvertisement announces the address of ${names}`,
          'Give the Service the labels that an advertisement selects, and list LoadBalancerIP in its addresses.',
        ),
      ),
      ...selected.flatMap((service) => obstacle(objects, service, facts)).slice(0, 4 * SHOWN),
    )
    return outcomes.length > 0
      ? outcomes
      : [
          ok(
            `${plural(all.length, 'Service')}, ${selected.length} of type LoadBalancer with an address that is announced`,
          ),
        ]
  },
)

function serviceEntries(objects: Objects): readonly Entry[] {
  return rootsOf(objects, 'CiliumBGPAdvertisement').flatMap((advertisement) =>
    advertisement
      .at('spec', 'advertisements')
      .items()
      .filter((entry) => entry.at('advertisementType').text() === 'Service')
      .map((entry) => ({
        where: `CiliumBGPAdvertisement ${nameOf(advertisement)}`,
        addresses: new Set(
          entry
            .at('service', 'addresses')
            .items()
            .flatMap((address) => address.text() ?? []),
        ),
        selects: entry.at('selector').absent ? undefined : readSelector(entry.at('selector')),
      })),
  )
}

/** What announces nothing whatever Services there are. */
function useless({ where, addresses, selects }: Entry): Outcome[] {
  return [
    ...(selects === undefined
      ? [
          error(
            `${where}: its Service entry has no selector, so it selects no Service (cilium#33076)`,
            `For all: ${ALL}`,
          ),
        ]
      : []),
    ...(addresses.size === 0
      ? [
          error(
            `${where}: its Service entry lists no addresses`,
            'List LoadBalancerIP, ClusterIP or ExternalIP.',
          ),
        ]
      : []),
  ]
}

const selectsNothing = (entries: readonly Entry[], all: readonly Field[]): Outcome[] =>
  entries
    .filter(({ selects }) => selects !== undefined && !all.some((service) => selects(serviceLabels(service))))
    .map(({ where }) =>
      warning(
        `${where}: its Service entry selects none of ${plural(all.length, 'Service')}`,
        'Compare its selector with the labels of the Services.',
      ),
    )

const announcing = (entries: readonly Entry[], service: Field): boolean =>
  entries.some(
    ({ addresses, selects }) => addresses.has('LoadBalancerIP') && selects?.(serviceLabels(service)) === true,
  )

const placeOf = (service: Field): string =>
  `${service.at('metadata', 'namespace').text() ?? 'default'}/${nameOf(service)}`

/** The first thing that keeps a Service that is selected from being announced. */
function obstacle(objects: Objects, service: Field, facts: Facts): Outcome[] {
  const place = placeOf(service)
  const kind = service.at('spec', 'loadBalancerClass').text()
  if (kind !== undefined && kind !== CILIUM_CLASS)
    return [
      warning(
        `Service ${place}: loadBalancerClass ${kind}: Cilium's BGP leaves it alone`,
        `Leave the class out, or use ${CILIUM_CLASS}.`,
      ),
    ]
  if (service.at('spec', 'ports').items().length === 0)
    return [warning(`Service ${place} has no ports, so Cilium does not announce it`, 'Give it a port.')]
  const ingress = service.at('status', 'loadBalancer', 'ingress').items()
  const withAddress = ingress.filter((entry) => !entry.at('ip').absent)
  if (withAddress.length === 0)
    return ingress.length > 0
      ? [
          warning(
            `Service ${place} has a host name and no address: there is nothing to announce`,
            'Its address comes from another controller: let Cilium give one.',
          ),
        ]
      : [unaddressed(objects, service, facts)]
  const elsewhere = withAddress.every((entry) => !['VIP', undefined].includes(entry.at('ipMode').text()))
  return elsewhere
    ? [warning(`Service ${place}: ipMode of its address is not VIP, so Cilium does not announce it`)]
    : []
}

/** Why LB-IPAM has given no address, as far as the pools say. */
function unaddressed(objects: Objects, service: Field, { unread }: Facts): Outcome {
  const what = `Service ${placeOf(service)} has no address: nothing is announced for it`
  const unseen = unread?.get('CiliumLoadBalancerIPPool')
  const pools = rootsOf(objects, 'CiliumLoadBalancerIPPool')
  if (pools.length === 0 && unseen !== undefined)
    return error(`${what}; CiliumLoadBalancerIPPools cannot be looked at: ${unseen}`)
  if (pools.length === 0)
    return error(`${what}; there is no CiliumLoadBalancerIPPool`, 'Make one with a range of addresses.')
  const selecting = pools.filter((pool) => selectsService(pool, service))
  if (selecting.length === 0)
    return error(
      `${what}; no CiliumLoadBalancerIPPool selects it`,
      `Label it as spec.serviceSelector of ${names(pools.map(nameOf))} asks.`,
    )
  const usable = selecting.filter((pool) => pool.at('spec', 'disabled').value !== true)
  if (usable.length === 0)
    return error(`${what}; ${names(selecting.map(nameOf))} is disabled`, 'Set spec.disabled: false.')
  const left = usable.filter((pool) => available(pool) !== 0)
  if (left.length === 0)
    return error(`${what}; ${names(usable.map(nameOf))} has none left`, 'Add blocks to the pool.')
  const satisfied = conditionOf(service, 'IPAMRequestSatisfied')
  if (satisfied?.at('status').text() === 'False')
    return error(
      `${what}; Cilium says ${satisfied.at('reason').text() ?? ''}: ${satisfied.at('message').text() ?? ''}`,
    )
  return error(
    `${what}; ${names(left.map(nameOf))} could give one`,
    'Is the operator running? It alone gives addresses.',
  )
}

/** An absent selector takes every Service. */
function selectsService(pool: Field, service: Field): boolean {
  const selector = pool.at('spec', 'serviceSelector')
  return selector.absent || readSelector(selector)(serviceLabels(service))
}

const conditionOf = (object: Field, type: string): Field | undefined =>
  object
    .at('status', 'conditions')
    .items()
    .find((condition) => condition.at('type').text() === `cilium.io/${type}`)

/** The number stands in the message of the condition. */
function available(pool: Field): number | undefined {
  const text = conditionOf(pool, 'IPsAvailable')?.at('message').text()
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text)
}

export const addressPools = clusterCheck(
  'lb-pools',
  'pools of LoadBalancer addresses have some left',
  (objects, _router, { unread }) => {
    const why = unread?.get('CiliumLoadBalancerIPPool')
    const pools = rootsOf(objects, 'CiliumLoadBalancerIPPool')
    if (pools.length === 0)
      return [
        skipped(
          why === undefined
            ? 'there is no CiliumLoadBalancerIPPool'
            : `CiliumLoadBalancerIPPools cannot be looked at: ${why}`,
        ),
      ]
    const outcomes = pools.flatMap((pool): Outcome[] => {
      const name = `CiliumLoadBalancerIPPool ${nameOf(pool)}`
      const conflict = conditionOf(pool, 'PoolConflict')
      if (conflict?.at('status').text() === 'True')
        return [
          error(
            `${name} gives no address: ${conflict.at('message').text() ?? 'it overlaps another'}`,
            'Let no two pools overlap.',
          ),
        ]
      if (pool.at('spec', 'disabled').value === true) return [warning(`${name} is disabled`)]
      return available(pool) === 0 ? [warning(`${name} is used up`, 'Add blocks to it.')] : []
    })
    return outcomes.length > 0 ? outcomes : [ok(plural(pools.length, 'pool'))]
  },
)

const names = (all: readonly string[]): string =>
  all.length <= SHOWN ? all.join(', ') : `${all.slice(0, SHOWN).join(', ')} and ${all.length - SHOWN} more`

const some = (all: readonly string[], tell: (names: string) => Outcome): Outcome[] =>
  all.length === 0 ? [] : [tell(names(all))]
