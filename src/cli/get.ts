import { Argument, Command } from 'commander'
import type { Micros } from '../core/speaker/contract.ts'
import { UserError } from '../core/errors/user-error.ts'
import {
  outputOptions,
  printOptions,
  serverAddress,
  serverOptions,
  traceDirectory,
  type OutputFlags,
  type ServerFlags,
} from './shared.ts'

const KINDS = ['peers', 'routes', 'nodes', 'expected', 'findings', 'events'] as const
type Kind = (typeof KINDS)[number]

interface GetFlags extends ServerFlags, OutputFlags {
  readonly trace?: string
  readonly at?: string
  readonly since?: string
  readonly watch?: boolean
}

/** Rows with the instant that their ages are told from. */
interface Rows {
  readonly now: Micros
  readonly rows: readonly unknown[]
}

/** `get KIND`: what a running router, or a trace at an instant, has. */
export function getCommand(): Command {
  const command = new Command('get')
    .description('list peers, routes, nodes, expected routes, findings or events')
    .addArgument(new Argument('<kind>', 'what to list').choices([...KINDS]))
    .option('--trace <dir>', 'read a trace instead of asking a running router')
    .option('--at <mark>', 'at this mark or event number of the trace instead of now')
    .option('--since <mark>', 'events only: those after this mark or event number')
    .option('-w, --watch', 'go on and print what changes')
  return serverOptions(outputOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  routewitness get peers
  routewitness get routes -o wide
  routewitness get events -w
  routewitness get events --since before-upgrade
  routewitness get routes --trace ./trace --at before-upgrade -o json`,
    )
    .action(async (kind: Kind, flags: GetFlags) => {
      const { columnsOf, rowsPrinter } = await import('../report/rows.ts')
      const watched = flags.watch === true
      const print = rowsPrinter(columnsOf(kind, watched), {
        ...printOptions(flags),
        format: flags.output,
        watched,
      })
      const show = ({ now, rows }: Rows): void => void process.stdout.write(print(rows as never[], now))

      if (flags.since !== undefined && kind !== 'events')
        throw new UserError('RW_USAGE', '--since goes with `get events`')
      if (flags.trace !== undefined || flags.at !== undefined || flags.since !== undefined) {
        const { traceRows } = await import('../harness/trace-view.ts')
        show(await traceRows(await traceDirectory(flags), kind, flags))
        return
      }
      const { ask, follow } = await import('../api/client.ts')
      const server = serverAddress(flags)
      if (!watched) {
        show(await ask<Rows>(server, 'GET', `/v1/${kind}`))
        return
      }
      for await (const rows of follow<Rows>(server, 'GET', `/v1/${kind}?watch=true`)) show(rows)
    })
}
