// Runs a drill on a simulated lab.
import type { DrillParameters, DrillResult } from '../../src/drill/contract.ts'
import { runDrill } from '../../src/drill/run.ts'
import { findDrill } from '../../src/drill/table.ts'
import { parametersOf } from '../../src/lab/native/drill.ts'
import { SimulatedLab, type Fault } from './simulated-lab.ts'

export interface SimulatedRun {
  readonly faults?: readonly Fault[]
  readonly version?: string
  readonly parameters?: Partial<DrillParameters>
}

export async function simulate(id: string, run: SimulatedRun = {}): Promise<DrillResult> {
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
  return runDrill(drill, { cluster: lab, router: lab.router, parameters })
}

/** Names of the bars with that verdict, each once. */
export const barsThat = (result: DrillResult, verdict: string): string[] => [
  ...new Set(result.bars.filter((bar) => bar.verdict === verdict).map(({ name }) => name)),
]
