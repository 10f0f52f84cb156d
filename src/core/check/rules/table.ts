// Every rule, in the order in which they are asked. One (node, prefix) gets the first finding that applies.
import { announcedEarly } from './announced-early.ts'
import { asymmetric } from './asymmetric.ts'
import { blackhole } from './blackhole.ts'
import { duplicate } from './duplicate.ts'
import { extra } from './extra.ts'
import { identity } from './identity.ts'
import { leftover } from './leftover.ts'
import { missing } from './missing.ts'
import { noEndpoint } from './no-endpoint.ts'
import { object } from './object.ts'
import { routerId } from './router-id.ts'
import { stale } from './stale.ts'
import { sysctl } from './sysctl.ts'
import { unadvertised } from './unadvertised.ts'
import { unreachable } from './unreachable.ts'
import { wrongLength } from './wrong-length.ts'
import { wrongOwner } from './wrong-owner.ts'
import type { Rule } from './rule.ts'

export const RULES: readonly Rule[] = [
  wrongOwner,
  duplicate,
  noEndpoint,
  leftover,
  wrongLength,
  unadvertised,
  extra,
  stale,
  missing,
  identity,
  routerId,
  object,
  blackhole,
  unreachable,
  announcedEarly,
  asymmetric,
  sysctl,
]
