// Every drill there is, in the order of its number.
import type { Drill } from './contract.ts'
import { coldStart } from './drills/s01-cold-start.ts'
import { restartAgentPlainly } from './drills/s02-restart-agent-plain.ts'
import { restartAgentGracefully } from './drills/s03-restart-agent.ts'
import { rollingRestart } from './drills/s04-rolling-restart.ts'
import { slowRestart } from './drills/s05-slow-restart.ts'
import { crashLoop } from './drills/s06-crash-loop.ts'
import { upgrade } from './drills/s07-upgrade.ts'
import { upgradeSlowPull } from './drills/s08-upgrade-slow-pull.ts'
import { downgrade } from './drills/s09-downgrade.ts'
import { nodeShutdown } from './drills/s10-node-shutdown.ts'
import { drainOnly } from './drills/s11-drain-only.ts'
import { deadNodePlain } from './drills/s12-dead-node-plain.ts'
import { deadNode } from './drills/s13-dead-node.ts'
import { shortCut } from './drills/s14-short-cut.ts'
import { longCut } from './drills/s15-long-cut.ts'
import { fastTimers } from './drills/s16-fast-timers.ts'
import { operatorDown } from './drills/s17-operator-down.ts'
import { routerRestart } from './drills/s20-router-restart.ts'
import { timersChanged } from './drills/s21-timers-changed.ts'
import { instanceRecreated } from './drills/s22-instance-recreated.ts'
import { twoRouters } from './drills/s23-two-routers.ts'
import { nodeReadded } from './drills/s24-node-readded.ts'

export const DRILLS: readonly Drill[] = [
  coldStart,
  restartAgentPlainly,
  restartAgentGracefully,
  rollingRestart,
  slowRestart,
  crashLoop,
  upgrade,
  upgradeSlowPull,
  downgrade,
  nodeShutdown,
  drainOnly,
  deadNodePlain,
  deadNode,
  shortCut,
  longCut,
  fastTimers,
  operatorDown,
  routerRestart,
  timersChanged,
  instanceRecreated,
  twoRouters,
  nodeReadded,
]

/** By number ("S03", in any case) or by name. */
export function findDrill(text: string): Drill | undefined {
  const wanted = text.toLowerCase()
  return DRILLS.find(({ id, name }) => id.toLowerCase() === wanted || name === wanted)
}
