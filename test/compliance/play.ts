// Plays all scenarios against one target, at once: each has a feeder, an address and prefixes of its own.
import type { FeederIdentity, FeederSession } from './feeder.ts'
import { SCENARIOS, type Outcome, type Scenario } from './graceful-restart.ts'
import { TableWatch } from './table-watch.ts'
import { startTarget, type Target, type TargetName } from './target.ts'

export type Outcomes = Readonly<Record<string, Outcome>>

const FEEDERS: readonly FeederIdentity[] = SCENARIOS.map((_, index) => ({
  address: `127.0.1.${index + 1}`,
  asn: 64601 + index,
  identifier: `192.0.2.${101 + index}`,
}))

/** OpenBGPD answers nobody for a second whenever a session of its goes or returns: each scenario gets its own. */
const APART: readonly TargetName[] = ['openbgpd']

/** Scenario id → what became of the routes. A scenario that cannot be played has the verdict X and says why. */
export async function playGracefulRestart(name: TargetName): Promise<Outcomes> {
  if (!APART.includes(name)) {
    await using target = await startTarget(name, FEEDERS)
    return await playAll(() => target)
  }
  const own: Target[] = []
  try {
    for (const feeder of FEEDERS) own.push(await startTarget(name, [feeder]))
    return await playAll((index) => own[index]!)
  } finally {
    await Promise.all(own.map((target) => target[Symbol.asyncDispose]()))
  }
}

async function playAll(targetOf: (index: number) => Target): Promise<Outcomes> {
  const watches = new Map<Target, TableWatch>()
  const outcomes = SCENARIOS.map(async (scenario, index): Promise<[string, Outcome]> => {
    const target = targetOf(index)
    const table = watches.get(target) ?? new TableWatch(target)
    watches.set(target, table)
    return [scenario.id, await play(scenario, target, table, index)]
  })
  return Object.fromEntries(await Promise.all(outcomes))
}

async function play(scenario: Scenario, target: Target, table: TableWatch, index: number): Promise<Outcome> {
  const [a, b] = [`10.${100 + index}.0.0/24`, `10.${100 + index}.1.0/24`]
  const sessions: FeederSession[] = []
  try {
    return await scenario.play({ feeder: FEEDERS[index]!, target, table, a, b, sessions })
  } catch (error) {
    return { verdict: 'X', note: error instanceof Error ? error.message : String(error) }
  } finally {
    for (const session of sessions) session.resets()
  }
}
