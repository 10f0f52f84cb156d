import { Command } from 'commander'
import { rfc3339 } from '../report/time.ts'
import { progress, serverAddress, serverOptions, type ServerFlags } from './shared.ts'

/** `mark NAME`: names an instant of the running record. */
export function markCommand(): Command {
  return serverOptions(
    new Command('mark')
      .description('name this instant in the record, for `check --at`, `get --at` and `wait --since`')
      .argument('<name>', 'a line of text that is no number'),
  )
    .addHelpText('after', '\nExample:\n  routewitness mark before-upgrade')
    .action(async (name: string, flags: ServerFlags) => {
      const { ask } = await import('../api/client.ts')
      const mark = await ask<{ seq: number; at: number; before?: number }>(
        serverAddress(flags),
        'POST',
        '/v1/marks',
        { name },
      )
      process.stdout.write(`mark "${name}" at event ${mark.seq}, ${rfc3339(mark.at)}\n`)
      if (mark.before !== undefined)
        progress(`this name was given before, at event ${mark.before}; --at and --since mean the last`)
    })
}
