// The matchers as a test sees them: what each claims, and what it takes.
import type { AdvertiseOptions } from './claims/advertise.ts'
import type { ClusterOptions } from './claims/cluster.ts'
import type { ConvergeOptions } from './claims/converge.ts'
import type { EndOfRibOptions } from './claims/end-of-rib.ts'
import type { EstablishedOptions } from './claims/established.ts'
import type { FindingsOptions, WantedFinding } from './claims/findings.ts'
import type { NextHopOptions } from './claims/next-hop.ts'
import type { NoGapOptions } from './claims/no-gap.ts'
import type { NoRoutesOptions } from './claims/no-routes.ts'
import type { NoSessionFlapsOptions } from './claims/no-session-flaps.ts'
import type { NoWithdrawalsOptions } from './claims/no-withdrawals.ts'
import type { NotificationOptions } from './claims/notification.ts'
import type { OwnerOptions } from './claims/owner.ts'
import type { RestartedOptions } from './claims/restarted.ts'
import type { RouterIdsOptions } from './claims/router-ids.ts'

/** Of a running router a promise, which must be awaited; of a value nothing. */
export type Told<T> = T extends { readonly live: true } ? Promise<void> : void

/**
 * On a running router each claim is looked at again whenever something happens, until it holds or `timeout` is over, and
 * must be awaited. On values (`router.state()`, a closed window, the state of a trace) it is looked at once.
 */
export interface RouterMatchers<T> {
  /** Every session that there should be is up: those that the cluster's objects give, or those of `node`. Waits 60 s. */
  toBeEstablished(options?: EstablishedOptions): Told<T>
  /** No finding: every node announces exactly what the cluster allocates to it. Router or state; waits 30 s. */
  toMatchCluster(options?: ClusterOptions): Told<T>
  /** A node, any or that of the options, announces the prefix. Router or state; waits 30 s. */
  toAdvertise(prefix: string, options?: AdvertiseOptions): Told<T>
  /** The cluster allocates the prefix to this node and to no other. Router or state; waits 30 s. */
  toHaveOwner(prefix: string, node: string, options?: OwnerOptions): Told<T>
  /** No route is held, not even as stale. Router or state; waits 30 s. */
  toHaveNoRoutes(options?: NoRoutesOptions): Told<T>
  /** Every route that is meant has this next hop; 'self' is the node that announces it. Router or state; waits 30 s. */
  toHaveNextHop(nextHop: string, options?: NextHopOptions): Told<T>
  /** No route went away, whatever the cause. Closed window. */
  toHaveNoWithdrawals(options?: NoWithdrawalsOptions): Told<T>
  /** No route was missing, or none for `longerThan`. Closed window. */
  toHaveNoGap(options?: NoGapOptions): Told<T>
  /** No session that was up ended. Closed window. */
  toHaveNoSessionFlaps(options?: NoSessionFlapsOptions): Told<T>
  /** Sessions ended, no route went, and the End-of-RIB of the next ones came `within`. Closed window. */
  toHaveRestartedGracefully(options?: RestartedOptions): Told<T>
  /** A NOTIFICATION came (or went `out`). Closed window, or router from now or `since` on; waits 60 s. */
  toReceiveNotification(options?: NotificationOptions): Told<T>
  /** An End-of-RIB came in every present session, or in the window from each node. Waits 60 s. */
  toReceiveEndOfRib(options?: EndOfRibOptions): Told<T>
  /** The last change of the window came within this time; of a router: all sessions up and routes there within it. */
  toConvergeWithin(duration: string | number, options?: ConvergeOptions): Told<T>
  /** Two peers share a BGP identifier. Router or state; most often negated. */
  toHaveDuplicateRouterIds(options?: RouterIdsOptions): Told<T>
  /** These findings, or any. Router or state; waits 30 s. */
  toHaveFindings(wanted?: WantedFinding | readonly WantedFinding[], options?: FindingsOptions): Told<T>
}
