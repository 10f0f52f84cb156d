import { homedir } from 'node:os'
import { Command } from 'commander'
import { EXIT } from '../core/errors/codes.ts'
import { didYouMean } from '../core/errors/nearest.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Drill, DrillParameters, DrillResult } from '../drill/contract.ts'
import { outputOptions, printOptions, progress, wholeNumber, type OutputFlags } from './shared.ts'

interface RunFlags extends OutputFlags {
  readonly cilium?: string
  readonly to?: string
  readonly lab?: string
  readonly kind?: string
  readonly trace?: string
  readonly node?: string
  readonly delay?: string
  readonly restartTime?: string
  readonly hold?: string
  readonly span?: string
  readonly load?: number
  readonly maxUnavailable?: number
  readonly timeout?: string
}

/** `drill list` and `drill run`: an operation on a lab, with a verdict. */
export function drillCommand(): Command {
  const command = new Command('drill').description(
    'an operation on a lab: steps, pass bars, margins, verdict',
  )
  for (const sub of [listCommand(), runCommand()])
    command.addCommand(sub.exitOverride().showHelpAfterError('Add --help for the flags and examples.'))
  return command
}

function listCommand(): Command {
  return outputOptions(new Command('list').description('which drills there are'), ['table', 'json']).action(
    async (flags: OutputFlags) => {
      const { DRILLS } = await import('../drill/table.ts')
      if (flags.output === 'json') {
        const rows = DRILLS.map(({ run: _run, ...drill }) => drill)
        process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`)
        return
      }
      const { drillTable } = await import('../report/drill.ts')
      process.stdout.write(drillTable(DRILLS, printOptions(flags)))
    },
  )
}

function runCommand(): Command {
  const command = new Command('run')
    .description('run one drill')
    .argument('<drill>', 'number or name, see `drill list`')
    .option('--cilium <release>', 'Cilium release to begin with (default: the newest that the lab knows)')
    .option('--to <release>', 'release to change to, for upgrade and downgrade')
    .option('--lab <name>', 'a native lab that runs; left out, one is made and taken down afterwards')
    .option('--kind <name>', 'a kind lab that runs (S01 to S04, S07 and S10)')
    .option('--trace <dir>', 'folder for the record (default: a new one in the temporary directory)')
    .option('--node <name>', 'the node that things are done to (default: the last one)')
    .option('--delay <duration>', 'from the end of an agent to its start: image pull and boot')
    .option('--restart-time <duration>', 'restartTimeSeconds of the lab that is made')
    .option('--hold <duration>', 'hold time of the lab that is made')
    .option('--span <duration>', 'how long a cut, a stop or a soak lasts')
    .option(
      '--load <count>',
      'processes that keep each processor busy in a soak; 0: none',
      wholeNumber(0, 64),
    )
    .option('--max-unavailable <count>', 'nodes without an agent at once in a rollout', wholeNumber(1, 100))
    .option('--timeout <duration>', 'for one thing to happen')
  return outputOptions(command, ['table', 'json', 'junit'])
    .addHelpText(
      'after',
      `
Exit codes: 0 every bar passed · 1 a bar failed · 2 nothing to check, or wrong usage · 3 warnings only · 5 no lab here ·
130 interrupted (what was begun is undone, and the message says what)

Examples:
  routewitness drill run restart-agent --cilium 1.20.2
  routewitness drill run S07 --cilium 1.19.7 --to 1.20.2 --delay 20s
  routewitness drill run S03 --lab native -o junit > drill.xml`,
    )
    .action(async (name: string, flags: RunFlags) => {
      process.exitCode = await run(name, flags)
    })
}

async function run(name: string, flags: RunFlags): Promise<number> {
  const { DRILLS, findDrill } = await import('../drill/table.ts')
  const drill = findDrill(name)
  if (drill === undefined) {
    const question = didYouMean(
      name,
      DRILLS.flatMap(({ id, name: known }) => [id, known]),
    )
    throw new UserError(
      'RW_USAGE',
      `there is no drill ${name}${question === undefined ? '' : ` (${question})`}`,
      { remedy: 'See `routewitness drill list`.' },
    )
  }
  const { DrillInterrupted } = await import('../drill/run.ts')
  const { drillOnNativeLab } = await import('../lab/native/drill.ts')
  const interrupt = new AbortController()
  const stop = (): void => {
    progress('interrupted: what was begun is being undone (once more: leave it as it is)')
    interrupt.abort()
    process.once('SIGINT', () => process.exit(EXIT.interrupted))
  }
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    const result =
      flags.kind === undefined
        ? await drillOnNativeLab(drill, {
            cilium: flags.cilium,
            lab: flags.lab,
            trace: flags.trace,
            parameters: await parameters(flags),
            signal: interrupt.signal,
            progress,
          })
        : await onKind(drill, flags.kind, flags, interrupt.signal)
    await print(result, flags)
    return exitCode(result)
  } catch (error) {
    if (!interrupt.signal.aborted) throw error
    if (error instanceof DrillInterrupted) await print(error.result, flags)
    else progress('interrupted before the drill began')
    return EXIT.interrupted
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** On a kind lab: its own router records, and is asked over its control socket. */
async function onKind(
  drill: Drill,
  name: string,
  flags: RunFlags,
  signal: AbortSignal,
): Promise<DrillResult> {
  if (flags.lab !== undefined || flags.cilium !== undefined || flags.trace !== undefined)
    throw new UserError('RW_USAGE', '--kind names a lab with a release and a record of its own', {
      remedy: 'Leave --lab, --cilium and --trace out.',
    })
  const { ask } = await import('../api/client.ts')
  const { drillOnKindLab } = await import('../lab/kind/drill.ts')
  const { RealRunner } = await import('../lab/kind/real-runner.ts')
  const { labsDirectory } = await import('../lab/kind/site.ts')
  const tell = (line: string): void => progress(`    ${line}`)
  const world = {
    runner: new RealRunner(tell, signal),
    // What puts things back is not stopped by what stops the drill.
    cleaner: new RealRunner(tell),
    progress: { tell: progress },
    directory: labsDirectory(process.env, homedir()),
    now: () => new Date(),
  }
  return drillOnKindLab(world, drill, {
    name,
    parameters: await parameters(flags),
    signal,
    ask: (socket, method, path, body) => ask({ socket }, method, path, body),
  })
}

async function parameters(flags: RunFlags): Promise<Partial<DrillParameters>> {
  const { parseDuration } = await import('../harness/duration.ts')
  const span = (text: string | undefined, flag: string): number | undefined =>
    text === undefined ? undefined : parseDuration(text, flag)
  const given = {
    node: flags.node,
    to: flags.to,
    delay: span(flags.delay, '--delay'),
    restartTime: span(flags.restartTime, '--restart-time'),
    holdTime: span(flags.hold, '--hold'),
    span: span(flags.span, '--span'),
    timeout: span(flags.timeout, '--timeout'),
    maxUnavailable: flags.maxUnavailable,
    load: flags.load,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

async function print(result: DrillResult, flags: OutputFlags): Promise<void> {
  if (flags.output === 'json') process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`)
  else {
    const { drillJunit, drillText } = await import('../report/drill.ts')
    process.stdout.write(
      flags.output === 'junit' ? drillJunit(result) : `\n${drillText(result, printOptions(flags))}`,
    )
  }
}

function exitCode({ verdict }: DrillResult): number {
  return { pass: EXIT.ok, fail: EXIT.finding, warn: EXIT.warning, skip: EXIT.usage }[verdict]
}
