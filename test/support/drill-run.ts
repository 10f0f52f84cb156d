// Runs a drill on a simulated lab.
import type { DrillParameters, DrillResult } from '../../src/drill/contract.ts'
import { runDrill, type RunOptions } from '../../src/drill/run.ts'
import { findDrill } from '../../src/drill/table.ts'
import { parametersOf } from '../../src/lab/native/drill.ts'
import type { Fault } from './simulated-agents.ts'
import { SimulatedLab } from './simulated-lab.ts'

export interface SimulatedRun {
  readonly faults?: readonly Fault[]
  readonly version?: string
  readonly parameters?: Partial<DrillParameters>
}

export function simulate(id: string, run: SimulatedRun = {}): Promise<DrillResult> {
  return simulation(id, run).run()
}

/** A lab and a drill that is about to run on it. */
export function simulation(
  id: string,
  run: SimulatedRun = {},
): {
  lab: SimulatedLab
  parameters: DrillParameters
  run: (options?: Partial<RunOptions>) => Promise<DrillResult>
} {
  const drill = findDrill(id)
  if (drill === undefined) throw new Error(`no drill ${id}`)
  const parameters = parametersOf(drill, run.parameters)
  const version = run.version ?? drill.needs.cilium ?? '1.20.2'
  const lab = new SimulatedLab({
    version,
    parameters,
    faults: run.faults ?? [],
    services: drill.needs.services === true,
  })
  return {
    lab,
    parameters,
    run: (options = {}) => runDrill(drill, { cluster: lab, router: lab.router, parameters, ...options }),
  }
}

/** Names of the bars with that verdict, each once. */
export const barsThat = (result: DrillResult, verdict: string): string[] => [
  ...new Set(result.bars.filter((bar) => bar.verdict === verdict).map(({ name }) => name)),
]
