#!/usr/bin/env node
// The command line. Definitions are light; what a command needs is loaded when it runs.
import { Command, CommanderError } from 'commander'
import { EXIT, EXIT_CODES } from '../core/errors/codes.ts'
import { VERSION } from '../harness/version.ts'
import { checkCommand } from './check.ts'
import { convertCommand } from './convert.ts'
import { demoCommand } from './demo.ts'
import { drillCommand } from './drill.ts'
import { getCommand } from './get.ts'
import { labCommand } from './lab.ts'
import { markCommand } from './mark.ts'
import { renderCommand } from './render.ts'
import { serveCommand } from './serve.ts'
import { preflightCommand } from './preflight.ts'
import { probeCommand } from './probe.ts'
import { reportError } from './shared.ts'
import { waitCommand } from './wait.ts'

// Whoever reads may stop reading (`| head`): what is left to print is dropped then. A serve goes on, and a command that
// has nobody to print to ends quietly.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    if (stream === process.stdout && process.argv[2] !== 'serve') process.exit(EXIT.ok)
  })
}

/** A wrong flag ends with our exit code and names --help; commands below commands inherit neither. */
function endsOurWay(command: Command): void {
  command.exitOverride().showHelpAfterError('Add --help for the flags and examples.')
  for (const below of command.commands) endsOurWay(below)
}

const program = new Command('routewitness')
  .description(
    'A fake upstream BGP router that records every route and checks it against what the cluster allocates.',
  )
  .version(VERSION)
  .showHelpAfterError('Add --help for the flags and examples.')
  .enablePositionalOptions()
  .addHelpText(
    'after',
    `
Exit codes: ${EXIT_CODES}

Examples:
  routewitness demo                                   see it work, no cluster needed
  routewitness serve --asn 64512 --context my-cluster  be the upstream router of a cluster
  routewitness check                                  what is announced wrongly, and why`,
  )

for (const command of [
  demoCommand(),
  serveCommand(),
  checkCommand(),
  waitCommand(),
  getCommand(),
  markCommand(),
  convertCommand(),
  probeCommand(),
  drillCommand(),
  preflightCommand(),
  renderCommand(),
  labCommand(),
]) {
  program.addCommand(command)
  endsOurWay(command)
}
program.exitOverride()

try {
  await program.parseAsync()
} catch (error) {
  // commander has printed its own message; help and version are no errors.
  process.exitCode =
    error instanceof CommanderError ? (error.exitCode === 0 ? 0 : EXIT.usage) : reportError(error)
}
