// Every drill there is, in the order of its number.
import type { Drill } from './contract.ts'
import { restartAgentGracefully } from './drills/s03-restart-agent.ts'

export const DRILLS: readonly Drill[] = [restartAgentGracefully]

/** By number ("S03", in any case) or by name. */
export function findDrill(text: string): Drill | undefined {
  const wanted = text.toLowerCase()
  return DRILLS.find(({ id, name }) => id.toLowerCase() === wanted || name === wanted)
}
