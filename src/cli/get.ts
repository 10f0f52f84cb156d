import { Argument, Command, InvalidArgumentError } from 'commander'
import type { ServerAddress } from '../api/address.ts'
import type { Micros } from '../core/speaker/contract.ts'
import type { EventRow } from '../harness/event-log.ts'
import { didYouMean } from '../core/errors/nearest.ts'
import { isUserError, UserError } from '../core/errors/user-error.ts'
import {
  endQuietlyOnInterrupt,
  outputOptions,
  printOptions,
  serverAddress,
  serverOptions,
  tellOfCut,
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

function kindOf(text: string): Kind {
  const kind = KINDS.find((one) => one === text)
  if (kind !== undefined) return kind
  const question = didYouMean(text, KINDS)
  throw new InvalidArgumentError(
    `${question === undefined ? '' : `(${question})\n`}Allowed choices are ${KINDS.join(', ')}.`,
  )
}

/** `get KIND`: what a running router, or a trace at an instant, has. */
export function getCommand(): Command {
  const command = new Command('get')
    .description('list peers, routes, nodes, expected routes, findings or events')
    .addArgument(new Argument('<kind>', `what to list: ${KINDS.join(', ')}`).argParser(kindOf))
    .option('--trace <dir>', 'read a trace instead of asking a running router')
    .option('--at <mark>', 'at this mark or event number of the trace instead of now')
    .option(
      '--since <mark>',
      'events only: those after this mark or event number; with -w also those to come',
    )
    .option('-w, --watch', 'go on and print what changes')
  return serverOptions(outputOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  routewitness get peers
  routewitness get routes -o wide
  routewitness get events -w
  routewitness get events -w --since before-upgrade
  routewitness get routes --trace ./trace --at before-upgrade -o json`,
    )
    .action(async (kind: Kind, flags: GetFlags) => {
      const { columnsOf, rowsPrinter, shownRows } = await import('../report/rows.ts')
      const watched = flags.watch === true
      const print = rowsPrinter(columnsOf(kind, watched), {
        ...printOptions(flags),
        format: flags.output,
        watched,
      })
      const show = ({ now, rows }: Rows): void =>
        void process.stdout.write(print(shownRows(kind, flags.output, rows) as never[], now))

      refuseContradictions(kind, flags)
      if (watched) endQuietlyOnInterrupt()
      if (flags.trace !== undefined || flags.at !== undefined) {
        const { traceRows } = await import('../harness/trace-view.ts')
        const { at, since } = flags
        const directory = await traceDirectory(flags)
        show(await traceRows(directory, kind, { at, since, onEnd: tellOfCut(flags) }))
        return
      }
      const server = serverAddress(flags)
      if (flags.since !== undefined) {
        for await (const rows of eventsSince(server, flags.since, watched, flags)) show(rows)
        return
      }
      const { ask, follow } = await import('../api/client.ts')
      if (watched) for await (const rows of follow<Rows>(server, 'GET', `/v1/${kind}?watch=true`)) show(rows)
      else show(await ask<Rows>(server, 'GET', `/v1/${kind}`))
    })
}

function refuseContradictions(kind: Kind, flags: GetFlags): void {
  if (flags.since !== undefined && kind !== 'events')
    throw new UserError('RW_USAGE', '--since goes with `get events`')
  if (flags.watch === true && (flags.trace !== undefined || flags.at !== undefined))
    throw new UserError(
      'RW_USAGE',
      '--watch follows a running router, and --trace and --at look at the past',
      {
        remedy: 'Leave one of them out; `get events -w --since MARK` begins in the past.',
      },
    )
}

/** Events after an instant, and with `watched` those to come: from the router's memory, or from its trace what that has not any more. */
async function* eventsSince(
  server: ServerAddress,
  since: string,
  watched: boolean,
  flags: GetFlags,
): AsyncGenerator<Rows> {
  const { ask, follow } = await import('../api/client.ts')
  const path = (from: string): string => `/v1/events?since=${encodeURIComponent(from)}`
  const live = (from: string): AsyncIterable<Rows> => follow<Rows>(server, 'GET', `${path(from)}&watch=true`)
  let told = since
  try {
    if (!watched) yield await ask<Rows>(server, 'GET', path(since))
    else
      for await (const rows of live(since)) {
        yield rows
        told = String((rows.rows.at(-1) as EventRow | undefined)?.seq ?? told)
      }
    return
  } catch (error) {
    if (!(isUserError(error) && error.code === 'RW_NOT_FOUND')) throw error
  }
  const { traceRows } = await import('../harness/trace-view.ts')
  const recorded = await traceRows(await traceDirectory(flags), 'events', { since: told })
  yield recorded
  if (watched) yield* live(String(recorded.last))
}
