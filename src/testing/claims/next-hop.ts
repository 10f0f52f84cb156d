// toHaveNextHop: routes point where they should; 'self' is the address that the session comes from.
import { plural } from '../../core/errors/plural.ts'
import type { State } from '../../harness/contract.ts'
import type { RouteRow } from '../../harness/views.ts'
import { addressText, routeWords } from './advertise.ts'
import { stateUnknown } from './certainty.ts'
import { claim, holds, misused, nearTo, ROUTES, undecided, type ClaimOptions, type Outcome } from './claim.ts'
import { FILTER, filterWords, select, unknownNode, type Filter } from './select.ts'

export type NextHopOptions = Filter & ClaimOptions

const SHOWN = 5

/** Every route's next hop as it should be. */
function wantedOf(state: State, nextHop: string): (route: RouteRow) => string {
  if (nextHop !== 'self') return () => nextHop
  const addresses = new Map(state.peers().map(({ peer, address }) => [peer, addressText(address) ?? address]))
  return ({ peer }) => addresses.get(peer) ?? ''
}

export const toHaveNextHop = claim<[nextHop: string, options?: NextHopOptions]>({
  name: 'toHaveNextHop',
  options: FILTER,
  patience: ROUTES,
  words: (nextHop, options) => {
    const where = nextHop === 'self' ? 'the announcing node itself' : nextHop
    return [
      `the next hop of every route${filterWords(options)} is ${where}`,
      `the next hop of no route${filterWords(options)} is ${where}`,
    ]
  },
  state(state, text, options = {}): Outcome {
    const nextHop = text === 'self' ? text : addressText(text)
    if (nextHop === undefined) return misused(`"${text}" is no address`, `Give an address, or 'self'.`)
    const selection = select(options)
    if ('bad' in selection) return selection.bad
    const unsure = stateUnknown(state) ?? unknownNode(state, selection.nodes)
    if (unsure !== undefined) return unsure
    const routes = state.routes().filter((route) => selection.matches(route))
    const [prefix] = selection.prefixes ?? []
    const [node] = selection.nodes ?? []
    const known = text === 'self' ? undefined : nextHop
    const near = nearTo(state, { prefix, node, nextHop: known })
    if (routes.length === 0)
      return { ...undecided(`nothing to check: no route${selection.words} is held`), near }
    const wanted = wantedOf(state, nextHop)
    const wrong = routes.filter((route) => route.nextHop !== wanted(route))
    const shown = wrong.length > 0 ? wrong : routes
    const about: Outcome['about'] = (row) =>
      row.type === 'announce' && shown.some((route) => route.prefix === row.prefix && route.peer === row.peer)
    if (wrong.length === 0)
      return { ...holds(`${plural(routes.length, 'route')}: ${routeWords(routes[0]!)}`), about }
    const [first] = wrong
    return {
      says: wrong.length < routes.length ? 'partly' : 'refuted',
      found: [
        `${wrong.length} of ${plural(routes.length, 'route')} ${routes.length === 1 ? 'points' : 'point'} elsewhere`,
        ...wrong
          .slice(0, SHOWN)
          .map(
            (route) =>
              `${routeWords(route)}${text === 'self' ? ` (its session comes from ${wanted(route)})` : ''}`,
          ),
        ...(wrong.length > SHOWN ? [`and ${wrong.length - SHOWN} more`] : []),
      ],
      about,
      near: nearTo(state, { prefix: first!.prefix, node: first!.node, nextHop: wanted(first!) }),
    }
  },
})
