// What a drill was told and has no use for is refused: nobody is to believe that it did something.
import { UserError } from '../core/errors/user-error.ts'
import type { Drill, DrillOption, DrillParameters } from './contract.ts'
import { DRILLS } from './table.ts'

const FLAGS: Readonly<Record<DrillOption, string>> = {
  node: '--node',
  delay: '--delay',
  maxUnavailable: '--max-unavailable',
  span: '--span',
  load: '--load',
  to: '--to',
}

/** Throws RW_USAGE for what the drill makes no use of, with the drills that do. */
export function demandUse(drill: Drill, given: Partial<DrillParameters>): void {
  if (given.restartTime !== undefined && drill.needs.gracefulRestart === 'off')
    refuse(drill, '--restart-time', ({ needs }) => needs.gracefulRestart !== 'off')
  for (const [option, flag] of Object.entries(FLAGS) as [DrillOption, string][])
    if (given[option] !== undefined && !drill.uses.includes(option))
      refuse(drill, flag, ({ uses }) => uses.includes(option))
}

function refuse(drill: Drill, flag: string, takes: (other: Drill) => boolean): never {
  const others = DRILLS.filter(takes).map(({ id }) => id)
  throw new UserError('RW_USAGE', `${drill.id} ${drill.name} makes no use of ${flag}`, {
    remedy: `Leave it out. Drills that use it: ${others.join(', ')}.`,
  })
}

/** Throws RW_USAGE for a node that there will not be. */
export function demandNode(node: string | undefined, nodes: readonly string[]): void {
  if (node === undefined || nodes.includes(node)) return
  throw new UserError('RW_USAGE', `the cluster has no node ${node}`, {
    remedy: `Its nodes are ${nodes.join(', ')}.`,
  })
}
