// Every check, in the order in which they are told.
import { advertisementTypes, passwordSecrets, sessionFamilies, sysctlFix } from './advertisement-checks.ts'
import { conditions, selectorChain } from './chain-checks.ts'
import type { Check } from './contract.ts'
import { engine, mtu, privileged } from './engine-checks.ts'
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
import { addressPools, services } from './service-checks.ts'
import { nodeCidrs, speakerEnabled, versionAndIpam } from './source-checks.ts'

export const CHECKS: readonly Check[] = [
  versionAndIpam,
  speakerEnabled,
  nodeCidrs,
  selectorChain,
  advertisementTypes,
  services,
  addressPools,
  conditions,
  routerAddress,
  timers,
  gracefulRestart,
  authentication,
  passwordSecrets,
  sessionFamilies,
  multihop,
  routerIds,
  sysctlFix,
  nodeVersion,
  ports,
  reversePath,
  tools,
  engine,
  privileged,
  mtu,
  kindNetwork,
  inotify,
  cgroups,
  forwarding,
]
