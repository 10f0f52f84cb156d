import { Command } from 'commander'
import { UserError } from '../core/errors/user-error.ts'
import type { ConditionSpec } from '../harness/condition-spec.ts'
import type { WaitLine } from '../harness/until.ts'
import {
  endQuietlyOnInterrupt,
  printOptions,
  progress,
  serverAddress,
  serverOptions,
  type ServerFlags,
} from './shared.ts'

interface WaitFlags extends ServerFlags {
  readonly timeout?: string
  readonly since?: string
}

/** Asks the server to wait, and tells on standard error for whom and why, whenever that changes. */
async function wait(spec: ConditionSpec, flags: WaitFlags): Promise<void> {
  endQuietlyOnInterrupt()
  const { serverName } = await import('../api/address.ts')
  const { follow, untilServed } = await import('../api/client.ts')
  const { formatSpan, parseDuration } = await import('../harness/duration.ts')
  const { timeoutOf } = await import('../harness/environment.ts')
  const { paint } = await import('../report/table.ts')
  const { ChangedLines } = await import('../report/waiting.ts')
  const options = printOptions({}, process.stderr)
  const news = new ChangedLines()
  let begun = false
  const server = serverAddress(flags)
  // `serve &` and `wait` in one line: the server may be a moment behind.
  const timeout =
    (flags.timeout === undefined ? timeoutOf(undefined) : parseDuration(flags.timeout, '--timeout')) / 1e3
  const late = await untilServed(server, timeout, () =>
    progress(`waiting until somebody serves at ${serverName(server)}`),
  )
  const lines = follow<WaitLine>(server, 'POST', '/v1/wait', {
    condition: spec,
    timeout: Math.max(1, timeout - late),
  })
  for await (const line of lines) {
    if ('done' in line) {
      process.stdout.write(`${line.condition} after ${formatSpan(line.elapsed)}\n`)
      return
    }
    const changed = news.of(line.waiting)
    if (!begun) progress(`${paint('waiting for', 'dim', options)} ${line.condition}`)
    begun = true
    for (const text of changed) progress(`  ${text}`)
  }
}

/** `wait sessions|routes|eor|quiet|converged`: returns when it is so, with exit code 4 when the time is over. */
export function waitCommand(): Command {
  const command = new Command('wait').description(
    'wait until sessions are up, routes are there, or the record is quiet; tells for whom it waits and why',
  )
  const add = (name: string, description: string): Command =>
    serverOptions(
      command
        .command(name)
        .description(description)
        .option('--timeout <duration>', 'give up after (default: $ROUTEWITNESS_TIMEOUT, else 60s)'),
    )
  // What looks at now has no use for an instant to count from.
  const addSince = (name: string, description: string): Command =>
    add(name, description).option(
      '--since <mark>',
      'something must have happened after this mark or event number, and only that counts',
    )

  add('sessions', 'Established: all that there should be, a number of them, or those of the nodes named')
    .argument('[which...]', 'all, a number, or names of nodes', ['all'])
    .action((which: string[], flags: WaitFlags) => {
      const only = which.length === 1 ? which[0]! : ''
      const wanted = only === 'all' ? 'all' : /^\d+$/.test(only) ? Number(only) : which
      if (wanted === 0)
        throw new UserError('RW_USAGE', '`wait sessions 0` is so at once', {
          remedy: 'Give a number from 1, names of nodes, or all.',
        })
      return wait({ kind: 'sessions', which: wanted }, flags)
    })
  add('routes', 'every expected route is announced by its owner').action((flags: WaitFlags) =>
    wait({ kind: 'routes' }, flags),
  )
  addSince('eor', 'End-of-RIB from every session (Cilium sends it with graceful restart only)').action(
    (flags: WaitFlags) => wait({ kind: 'end-of-rib', ...since(flags) }, flags),
  )
  addSince('quiet', 'no route changed and no session went up or down for a while')
    .argument('[span]', 'for how long', '3s')
    .action((span: string, flags: WaitFlags) => wait({ kind: 'quiet', span, ...since(flags) }, flags))
  addSince('converged', 'sessions up, expected routes announced, then End-of-RIB or quiet').action(
    (flags: WaitFlags) => wait({ kind: 'converged', ...since(flags) }, flags),
  )

  return command.addHelpText(
    'after',
    `
Examples:
  routewitness wait sessions --timeout 2m
  routewitness wait sessions node01 node02
  routewitness wait routes && routewitness check
  routewitness wait quiet 5s

In an upgrade, after the rollout is over as far as the cluster knows. --since makes sure that the state before it does not pass:
  routewitness mark before-upgrade
  kubectl -n kube-system rollout restart ds/cilium && kubectl -n kube-system rollout status ds/cilium
  routewitness wait converged --since before-upgrade --timeout 10m

converged --since MARK  a session or route changed, or an End-of-RIB came, after the mark; all sessions are up and the
                        expected routes announced; then End-of-RIB after the last change, or 3 s without a change
eor --since MARK        every session sent its End-of-RIB after the mark
quiet SPAN --since MARK no change for the span, counted from the mark at the earliest`,
  )
}

const since = (flags: WaitFlags): { since?: string } =>
  flags.since === undefined ? {} : { since: flags.since }
