// Plays the graceful-restart scenarios against us and the four daemons, and prints the table:
// `npm run compliance [-- --against us,bird,frr,gobgp,openbgpd] [--write]`.
// Ends with 1 when we do not do what the RFCs ask; what a daemon does otherwise than stored is only told.
import { parseArgs } from 'node:util'
import { playGracefulRestart } from '../test/compliance/play.ts'
import {
  againstRfc,
  againstStored,
  resultTable,
  storeResults,
  type Column,
} from '../test/compliance/results.ts'
import { TARGET_NAMES, versionOf, type TargetName } from '../test/compliance/target.ts'
import { missingDaemons } from './preconditions.ts'

function chosen(text: string): TargetName[] {
  const names = text.split(',')
  const unknown = names.find((name) => !(TARGET_NAMES as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new Error(`--against: no ${unknown}; choose among ${TARGET_NAMES.join(', ')}`)
  return TARGET_NAMES.filter((name) => names.includes(name))
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { against: { type: 'string', default: TARGET_NAMES.join(',') }, write: { type: 'boolean' } },
  })
  const targets = chosen(values.against)
  const missing = missingDaemons(targets.filter((name) => name !== 'us'))
  if (missing.length > 0) {
    for (const reason of missing) console.error(`compliance: cannot run here: ${reason}`)
    return 5
  }
  const columns: Partial<Record<TargetName, Column>> = {}
  for (const name of targets) {
    console.error(`playing against ${name}`)
    columns[name] = { version: await versionOf(name), outcomes: await playGracefulRestart(name) }
  }
  const { us, ...daemons } = columns
  console.log(resultTable(columns))
  if (values.write === true) storeResults(daemons)
  for (const name of targets) {
    const column = columns[name]
    if (name === 'us' || column === undefined) continue
    for (const line of againstStored(name, column)) console.log(`differs from what is stored: ${line}`)
  }
  const wrong = us === undefined ? [] : againstRfc(us.outcomes)
  for (const line of wrong) console.log(`WRONG: ${line}`)
  return wrong.length > 0 ? 1 : 0
}

process.exitCode = await main()
