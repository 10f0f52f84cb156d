import { plural } from '../core/errors/plural.ts'
import { Command } from 'commander'
import { EXIT } from '../core/errors/codes.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Verdict } from '../core/check/finding.ts'
import {
  clusterOptions,
  givesObjects,
  outputOptions,
  printOptions,
  progress,
  serverAddress,
  serverOptions,
  tellOfCut,
  traceDirectory,
  type ClusterFlags,
  type OutputFlags,
  type ServerFlags,
} from './shared.ts'

interface CheckFlags extends ServerFlags, ClusterFlags, OutputFlags {
  readonly trace?: string
  readonly at?: string
  readonly now?: boolean
}

/** The verdict of a running router, or of a trace; by the recorded objects, or by others. */
async function judge(flags: CheckFlags): Promise<Verdict> {
  if (flags.trace === undefined && flags.at === undefined && !givesObjects(flags)) {
    const { ask } = await import('../api/client.ts')
    const server = serverAddress(flags)
    if (flags.now !== true) {
      const { pending } = await ask<{ pending: number }>(server, 'GET', '/v1/settling')
      if (pending > 0) tellWaiting(pending)
    }
    return ask<Verdict>(server, 'GET', `/v1/verdict${flags.now === true ? '' : '?settled=true'}`)
  }
  const { judgeTrace } = await import('../harness/trace-view.ts')
  const { collect } = await import('../harness/sources.ts')
  const others = givesObjects(flags) ? await collect(flags) : {}
  const once = async (): Promise<Verdict> =>
    judgeTrace(await traceDirectory(flags), { at: flags.at, onEnd: tellOfCut(flags), ...others })
  const verdict = await once()
  // What a running router has recorded goes on to settle.
  const runs = flags.trace === undefined && flags.at === undefined
  return runs && flags.now !== true ? settled(verdict, once) : verdict
}

function tellWaiting(pending: number): void {
  progress(
    `waiting until ${plural(pending, 'route')} ${pending === 1 ? 'has' : 'have'} settled (--now judges at once)`,
  )
}

/** Between two looks, at least. Milliseconds. */
const PAUSE = 100

/** Judges again when all has settled, or when twice the time that it takes has passed, as the router itself does. */
async function settled(first: Verdict, again: () => Promise<Verdict>): Promise<Verdict> {
  let verdict = first
  const due = (): number => Math.max(...verdict.unsettled.map(({ until }) => until)) / 1e3
  if (verdict.unsettled.length === 0) return verdict
  tellWaiting(verdict.unsettled.length)
  const latest = Date.now() + 2 * (due() - verdict.at / 1e3)
  while (verdict.unsettled.length > 0 && Date.now() < latest) {
    const pause = Math.max(PAUSE, Math.min(due(), latest) - Date.now())
    await new Promise((resolve) => setTimeout(resolve, pause))
    verdict = await again()
  }
  return verdict
}

/** `check`: compares what was announced with what the cluster owns. Exit code 1 with errors, 3 with warnings only or with something not judged yet. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('compare what was announced with what the cluster owns')
    .option('--trace <dir>', 'judge a recording instead of a running router')
    .option('--at <mark>', 'at this mark or event number of the trace instead of now')
    .option('--now', 'do not wait until the latest changes have settled')
  clusterOptions(serverOptions(outputOptions(command, ['table', 'wide', 'json', 'yaml', 'junit'])))
  return command
    .addHelpText(
      'after',
      `
Asks the running \`serve\` through its control socket, unless --trace is given. With --context or --objects the
recorded routes are judged by those objects instead of the recorded ones, once the latest changes have settled (--now: at once).

Examples:
  routewitness check
  routewitness check -o junit > check.xml
  routewitness check --trace ./trace --at before-upgrade
  routewitness check --trace ./trace --objects ./dump`,
    )
    .action(async (flags: CheckFlags) => {
      const verdict = await judge(flags)
      const { nothingToCheck } = await import('../core/check/empty-verdict.ts')
      const why = verdict.findings.length === 0 ? nothingToCheck(verdict) : undefined
      if (why !== undefined) {
        throw new UserError(
          'RW_NOTHING_TO_CHECK',
          `nothing to check: ${why}${verdict.caveats.length > 0 ? ` (${verdict.caveats.join('; ')})` : ''}`,
        )
      }
      if (flags.output === 'json') process.stdout.write(`${JSON.stringify(verdict, undefined, 2)}\n`)
      else if (flags.output === 'yaml')
        process.stdout.write((await import('yaml')).stringify(verdict, { lineWidth: 0 }))
      else if (flags.output === 'junit')
        process.stdout.write((await import('../report/junit.ts')).junit(verdict))
      else
        process.stdout.write(
          (await import('../report/findings.ts')).findingsText(
            verdict,
            flags.output === 'wide',
            printOptions(flags),
          ),
        )
      process.exitCode = exitCode(verdict)
    })
}

function exitCode(verdict: Verdict): number {
  if (verdict.findings.some((finding) => finding.severity === 'error')) return EXIT.finding
  // What nobody could judge yet is no all-clear.
  const open = verdict.unsettled.length > 0 || !verdict.known
  return open || verdict.findings.some((finding) => finding.severity === 'warning') ? EXIT.warning : EXIT.ok
}
