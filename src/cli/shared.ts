// What the commands share: groups of flags, printing, and how errors end.
import { InvalidArgumentError, Option, type Command } from 'commander'
import { DUMP_COMMAND } from '../core/expected/kinds.ts'
import { EXIT } from '../core/errors/codes.ts'
import { isUserError, UserError, whatHappened } from '../core/errors/user-error.ts'
import { serverOf, type ServerAddress } from '../api/address.ts'
import { rfc3339 } from '../report/time.ts'
import type { TraceEnd } from '../harness/trace-view.ts'
import { paint, type PrintOptions } from '../report/table.ts'

export interface ServerFlags {
  readonly socket?: string
  readonly server?: string
  readonly tokenFile?: string
}

export interface ClusterFlags {
  readonly context?: string
  readonly kubeconfig?: string
  readonly inCluster?: boolean
  readonly objects?: string
  readonly cluster?: boolean
}

export interface OutputFlags {
  readonly output: string
  readonly headers: boolean
}

/** Adds the flags that say which running router to ask. */
export function serverOptions(command: Command): Command {
  return command
    .option(
      '--socket <path>',
      'control socket of `serve` (default: $ROUTEWITNESS_SOCKET, else routewitness.sock in $XDG_RUNTIME_DIR)',
    )
    .option(
      '--server <url>',
      'HTTP address of `serve`, instead of the socket (default: $ROUTEWITNESS_SERVER)',
    )
    .option(
      '--token-file <file>',
      'file that holds the token for --server (default: $ROUTEWITNESS_TOKEN_FILE)',
    )
}

/** Adds the flags that say where the cluster's objects come from. */
export function clusterOptions(command: Command): Command {
  return command
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig file (default: $KUBECONFIG, then ~/.kube/config)')
    .option('--in-cluster', 'use the service account of the pod that this runs in')
    .option(
      '--objects <dir>',
      `read objects from files (a kind that they lack is unknown, not empty): what is printed by \`${DUMP_COMMAND}\``,
    )
}

/** A flag says where the cluster's objects come from. */
export const givesObjects = (flags: ClusterFlags): boolean =>
  flags.context !== undefined ||
  flags.kubeconfig !== undefined ||
  flags.inCluster === true ||
  flags.objects !== undefined

/** Adds -o and --no-headers. */
export function outputOptions(
  command: Command,
  formats: readonly string[] = ['table', 'wide', 'json', 'yaml'],
): Command {
  return command
    .addOption(new Option('-o, --output <format>', 'output format').choices([...formats]).default('table'))
    .option('--no-headers', 'leave the header line out')
}

/** A whole number between `low` and `high`, for commander. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < low || value > high)
      throw new InvalidArgumentError(`It is to be a whole number from ${low} to ${high}.`)
    return value
  }
}

/** The server that the flags name, else the variables of the environment, else the usual control socket. */
export function serverAddress(flags: ServerFlags): ServerAddress {
  return serverOf({ url: flags.server, socket: flags.socket, tokenFile: flags.tokenFile }, process.env)
}

/** The folder of the trace that the flags name, else the one that the running router writes, made complete up to now. */
export async function traceDirectory(flags: ServerFlags & { readonly trace?: string }): Promise<string> {
  if (flags.trace !== undefined) {
    if (flags.socket !== undefined || flags.server !== undefined)
      throw new UserError(
        'RW_USAGE',
        '--trace looks at a record, --socket and --server at a running router',
        {
          remedy: 'Leave one of them out.',
        },
      )
    return flags.trace
  }
  const { ask } = await import('../api/client.ts')
  const { trace } = await ask<{ trace?: string }>(serverAddress(flags), 'POST', '/v1/flush')
  if (trace !== undefined) return trace
  throw new UserError(
    'RW_NOTHING_TO_CHECK',
    'the running router keeps no trace, so its past cannot be looked at',
    {
      remedy: 'Start `serve` with --trace DIR.',
    },
  )
}

/** Colours on a terminal only; NO_COLOR and FORCE_COLOR as everywhere. */
export function printOptions(
  flags: { readonly headers?: boolean } = {},
  stream: NodeJS.WriteStream = process.stdout,
): PrintOptions {
  const forced = process.env['FORCE_COLOR']
  const refused = process.env['NO_COLOR'] !== undefined && process.env['NO_COLOR'] !== ''
  const colour = refused
    ? false
    : forced !== undefined && forced !== '' && forced !== '0'
      ? true
      : stream.isTTY
  return { colour, headers: flags.headers ?? true }
}

/** A line for people about how it goes: standard error, so that data stays clean. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Ctrl-C is how a command that waits or watches is ended, and no news. */
export function endQuietlyOnInterrupt(): void {
  process.once('SIGINT', () => process.exit(EXIT.interrupted))
}

/** Says of a trace that was read to its end when it ends without a stop. That of a running router does, of course. */
export function tellOfCut(flags: { readonly trace?: string }): ((end: TraceEnd) => void) | undefined {
  if (flags.trace === undefined) return undefined
  return ({ at, stopped, unknown }) => {
    if (unknown.length > 0)
      progress(
        `events of types that this version does not know were left out: ${unknown.join(', ')}; a newer one knows them`,
      )
    if (!stopped)
      progress(`the record ends at ${rfc3339(at)} without a stop: the router was killed or still runs`)
  }
}

/** Prints an error with what to do, and gives the exit code. */
export function reportError(error: unknown): number {
  const options = printOptions({}, process.stderr)
  if (isUserError(error)) {
    // Details stand on lines of their own: the code goes with the first, which is the one that people quote.
    const [first = '', ...details] = whatHappened(error).split('\n')
    progress(`${paint('error', 'red', options)} ${first} [${error.code}]`)
    for (const line of details) progress(line)
    if (error.remedy !== '') progress(`      ${error.remedy}`)
    return error.exitCode
  }
  progress(
    `${paint('error', 'red', options)} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  )
  progress('      This is a fault of routewitness: please report it with the lines above.')
  return EXIT.environment
}
