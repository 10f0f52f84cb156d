// Every check, in the order in which they are told.
import { conditions, selectorChain } from './chain-checks.ts'
import type { Check } from './contract.ts'
import {
  cgroups,
  forwarding,
  inotify,
  kindNetwork,
  nodeVersion,
  ports,
  reversePath,
  tools,
} from './host-checks.ts'
import { authentication, gracefulRestart, multihop, routerAddress, routerIds, timers } from './peer-checks.ts'
import { nodeCidrs, speakerEnabled, versionAndIpam } from './source-checks.ts'

export const CHECKS: readonly Check[] = [
  versionAndIpam,
  speakerEnabled,
  nodeCidrs,
  selectorChain,
  conditions,
  routerAddress,
  timers,
  gracefulRestart,
  authentication,
  multihop,
  routerIds,
  nodeVersion,
  ports,
  reversePath,
  tools,
  kindNetwork,
  inotify,
  cgroups,
  forwarding,
]
