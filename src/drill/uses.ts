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
  const idle = (Object.entries(FLAGS) as [DrillOption, string][])
    .filter(([option]) => given[option] !== undefined && !drill.uses.includes(option))
    .map(([option, flag]) => ({ flag, takes: ({ uses }: Drill) => uses.includes(option) }))
  const graceful = ({ needs }: Drill): boolean => needs.gracefulRestart !== 'off'
  if (given.restartTime !== undefined && !graceful(drill))
    idle.push({ flag: '--restart-time', takes: graceful })
  if (idle.length === 0) return
  const others = idle.map(({ flag, takes }) => {
    const ids = DRILLS.filter(takes).map(({ id }) => id)
    return `${flag} is for ${ids.join(', ')}.`
  })
  throw new UserError(
    'RW_USAGE',
    `${drill.id} ${drill.name} makes no use of ${idle.map(({ flag }) => flag).join(', ')}`,
    { remedy: `Leave it out. ${others.join(' ')}` },
  )
}

/** Throws RW_USAGE for a node that there will not be. */
export function demandNode(node: string | undefined, nodes: readonly string[]): void {
  if (node === undefined || nodes.includes(node)) return
  throw new UserError('RW_USAGE', `the cluster has no node ${node}`, {
    remedy: `Its nodes are ${nodes.join(', ')}.`,
  })
}
