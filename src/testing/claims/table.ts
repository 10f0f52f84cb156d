// All claims, one row each: matchers, plain functions and the documentation read it.
import { toAdvertise } from './advertise.ts'
import { toMatchCluster } from './cluster.ts'
import { toConvergeWithin } from './converge.ts'
import { toReceiveEndOfRib } from './end-of-rib.ts'
import { toBeEstablished } from './established.ts'
import { toHaveFindings } from './findings.ts'
import { toHaveNextHop } from './next-hop.ts'
import { toHaveNoGap } from './no-gap.ts'
import { toHaveNoRoutes } from './no-routes.ts'
import { toHaveNoSessionFlaps } from './no-session-flaps.ts'
import { toHaveNoWithdrawals } from './no-withdrawals.ts'
import { toReceiveNotification } from './notification.ts'
import { toHaveOwner } from './owner.ts'
import { toHaveRestartedGracefully } from './restarted.ts'
import { toHaveDuplicateRouterIds } from './router-ids.ts'

export const CLAIMS = {
  toBeEstablished,
  toMatchCluster,
  toAdvertise,
  toHaveOwner,
  toHaveNoRoutes,
  toHaveNextHop,
  toHaveNoWithdrawals,
  toHaveNoGap,
  toHaveNoSessionFlaps,
  toHaveRestartedGracefully,
  toReceiveNotification,
  toReceiveEndOfRib,
  toConvergeWithin,
  toHaveDuplicateRouterIds,
  toHaveFindings,
} as const
