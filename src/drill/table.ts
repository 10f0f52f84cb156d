// Every drill there is, in the order of its number.
import type { Drill } from './contract.ts'
import { coldStart } from './drills/s01-cold-start.ts'
import { restartAgentPlainly } from './drills/s02-restart-agent-plain.ts'
import { restartAgentGracefully } from './drills/s03-restart-agent.ts'
import { rollingRestart } from './drills/s04-rolling-restart.ts'
import { slowRestart } from './drills/s05-slow-restart.ts'
import { crashLoop } from './drills/s06-crash-loop.ts'
import { routerRestart } from './drills/s20-router-restart.ts'

export const DRILLS: readonly Drill[] = [
  coldStart,
  restartAgentPlainly,
  restartAgentGracefully,
  rollingRestart,
  slowRestart,
  crashLoop,
  routerRestart,
]

/** By number ("S03", in any case) or by name. */
export function findDrill(text: string): Drill | undefined {
  const wanted = text.toLowerCase()
  return DRILLS.find(({ id, name }) => id.toLowerCase() === wanted || name === wanted)
}
