// toHaveNoRoutes: nothing is held of a node, or of a prefix, not even as stale.
import { plural } from '../../core/errors/plural.ts'
import { stateUnknown } from './certainty.ts'
import { claim, holds, refuted, ROUTES, type ClaimOptions, type Outcome } from './claim.ts'
import { routeWords } from './advertise.ts'
import { FILTER, filterWords, select, unknownNode, type Filter } from './select.ts'

export type NoRoutesOptions = Filter & ClaimOptions

const SHOWN = 5

export const toHaveNoRoutes = claim<[options?: NoRoutesOptions]>({
  name: 'toHaveNoRoutes',
  options: FILTER,
  patience: ROUTES,
  words: (options) => [`no route${filterWords(options)} is held`, `a route${filterWords(options)} is held`],
  state(state, options = {}): Outcome {
    const selection = select(options)
    if ('bad' in selection) return selection.bad
    const unsure = stateUnknown(state) ?? unknownNode(state, selection.nodes)
    if (unsure !== undefined) return unsure
    const routes = state.routes().filter((route) => selection.matches(route))
    const about: Outcome['about'] = (row) =>
      selection.matches(row) && ['announce', 'withdraw', 'closed', 'stale'].includes(row.type)
    if (routes.length === 0) return { ...holds(`no route${selection.words} is held`), about }
    const stale = routes.filter(({ staleUntil }) => staleUntil !== undefined)
    return {
      ...refuted(
        `${plural(routes.length, 'route')} ${routes.length === 1 ? 'is' : 'are'} held`,
        ...routes.slice(0, SHOWN).map(routeWords),
        ...(routes.length > SHOWN ? [`and ${routes.length - SHOWN} more`] : []),
      ),
      cause:
        stale.length === 0 ? undefined : `graceful restart keeps ${plural(stale.length, 'route')} as stale`,
      hint:
        stale.length === 0
          ? undefined
          : 'Stale routes go when the restart timer ends: give { timeout } more than that, or take graceful restart away before the node.',
      about,
    }
  },
})
