import { Command } from 'commander'
import { rfc3339 } from '../report/time.ts'
import { serverAddress, serverOptions, type ServerFlags } from './shared.ts'

/** `mark NAME`: names an instant of the running record. */
export function markCommand(): Command {
  return serverOptions(
    new Command('mark')
      .description('name this instant in the record, for `check --at`, `get --at` and `wait --since`')
      .argument('<name>', 'any text without line breaks'),
  )
    .addHelpText('after', '\nExample:\n  routewitness mark before-upgrade')
    .action(async (name: string, flags: ServerFlags) => {
      const { ask } = await import('../api/client.ts')
      const mark = await ask<{ seq: number; at: number }>(serverAddress(flags), 'POST', '/v1/marks', { name })
      process.stdout.write(`mark "${name}" at event ${mark.seq}, ${rfc3339(mark.at)}\n`)
    })
}
