import { Command, Option } from 'commander'
import { EXIT } from '../core/errors/codes.ts'
import { UserError } from '../core/errors/user-error.ts'
import type { Finding, Verdict } from '../core/check/finding.ts'
import type { ProbeKind } from '../core/stream/probe-events.ts'
import type { Access } from '../probe/access.ts'
import type { ProbeBody, ProbeMode } from '../probe/prober.ts'
import type { ProbeRow } from '../probe/rows.ts'
import {
  outputOptions,
  printOptions,
  progress,
  serverAddress,
  serverOptions,
  tellOfCut,
  traceDirectory,
  wholeNumber,
  type OutputFlags,
  type ServerFlags,
} from './shared.ts'

const KINDS = ['new', 'kept', 'ecmp', 'large'] as const satisfies readonly ProbeKind[]

interface CensusFlags {
  readonly census?: readonly string[]
  readonly censusRoot?: string
  readonly censusPods?: string | true
  readonly context?: string
  readonly kubeconfig?: string
}

interface RunFlags extends ServerFlags, CensusFlags {
  readonly target?: readonly string[]
  readonly mode: ProbeMode
  readonly kinds: string
  readonly interval: string
  readonly timeout: string
  readonly censusInterval: string
  readonly for?: string
  readonly output: 'text' | 'json'
}

/** `probe`: packets along the announced routes, and the sysctls of nodes. */
export function probeCommand(): Command {
  const command = new Command('probe').description(
    'send packets along the announced routes, and read the sysctls that decide whether they are answered',
  )
  for (const each of [runCommand(), listCommand(), serveCommand(), censusCommand()])
    command.addCommand(each.exitOverride().showHelpAfterError('Add --help for the flags and examples.'))
  return command
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

function censusOptions(command: Command): Command {
  return command
    .option(
      '--census <way>',
      'read the sysctls of a node: [NODE=]local, netns:NAME, docker:CONTAINER or pod:NAMESPACE/NAME; may be given again',
      collect,
    )
    .option('--census-root <dir>', 'where the files of nodes lie for local, netns and docker (default: /)')
    .option('--census-pods [namespace]', 'read every node that the census DaemonSet has a pod on')
    .option('--context <name>', 'context of the kubeconfig, for --census-pods and pod:')
    .option('--kubeconfig <file>', 'kubeconfig file, for --census-pods and pod:')
}

async function accesses(flags: CensusFlags): Promise<readonly Access[]> {
  const { parseAccess } = await import('../probe/access.ts')
  const { censusPods, kubectlCommand } = await import('../probe/census-pods.ts')
  const kubectl = kubectlCommand(flags)
  const root = flags.censusRoot?.replace(/\/+$/, '')
  const given = (flags.census ?? []).map((way) =>
    parseAccess(way, { kubectl, ...(root === undefined ? {} : { root }) }),
  )
  if (flags.censusPods === undefined) return given
  return [...given, ...(await censusPods(kubectl, flags.censusPods === true ? undefined : flags.censusPods))]
}

function runCommand(): Command {
  const command = new Command('run')
    .description('probe from here, and put the results into the record of the running router')
    .option(
      '--target <address[:port]>',
      'an echo server behind an announced route, at port 8080 unless given; may be given again',
      collect,
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'pinned: each next hop by itself (CAP_NET_ADMIN); direct: the system’s own routes',
      )
        .choices(['auto', 'pinned', 'direct'])
        .default('auto'),
    )
    .option('--kinds <list>', 'of new,kept,ecmp,large', KINDS.join(','))
    .option('--interval <duration>', 'from probe to probe of a series', '200ms')
    .option('--timeout <duration>', 'after which a probe is lost', '1s')
    .option('--census-interval <duration>', 'from one reading of the sysctls to the next', '500ms')
    .option(
      '--for <duration>',
      'end after so long, with 1 when an error about probes or sysctls is open then, 3 for warnings alone; findings are printed',
    )
    .addOption(new Option('-o, --output <format>', 'output format').choices(['text', 'json']).default('text'))
  return serverOptions(censusOptions(command))
    .addHelpText(
      'after',
      `
Probes leave from where this runs: run it in the network namespace of the router. Results stand in the router's record,
and findings about them in \`check\`.

Examples:
  routewitness probe run --target 10.5.113.10:8080 --census docker:kind-worker
  sudo routewitness probe run --target 10.5.113.10:8080 --target 192.0.2.80:80 --for 5m
  routewitness probe run --census-pods --interval 1s`,
    )
    .action(run)
}

/** Between two looks at how it stands. Milliseconds. */
const STATUS = 1000

/** A line at the foot of a terminal that is written anew; nothing where standard error is none. */
function statusLine(wanted: boolean): { show(text: string): void; clear(): void } {
  const on = wanted && process.stderr.isTTY
  const write = (text: string): void => {
    if (on) process.stderr.write(`\r\x1b[K${text}`)
  }
  // A line that is longer than the terminal is wide could not be taken back.
  return { show: (text) => write(text.slice(0, (process.stderr.columns || 80) - 1)), clear: () => write('') }
}

async function run(flags: RunFlags): Promise<void> {
  const { startProber } = await import('../probe/start.ts')
  const { remoteRouter } = await import('../api/probe-client.ts')
  const { parseDuration } = await import('../harness/duration.ts')
  const { parseTarget } = await import('../probe/plan.ts')
  const { ProbeLog } = await import('../report/probe-log.ts')
  const { findingText } = await import('../report/findings.ts')
  const server = serverAddress(flags)
  const kinds = flags.kinds.split(',').map((kind) => {
    const known = KINDS.find((one) => one === kind.trim())
    if (known === undefined)
      throw new UserError('RW_USAGE', `--kinds: "${kind}" is none of ${KINDS.join(', ')}`)
    return known
  })
  const span = flags.for === undefined ? undefined : parseDuration(flags.for, '--for')
  const seen = new Set<string>()
  const log = new ProbeLog()
  const asText = flags.output === 'text'
  const terminal = statusLine(asText)
  let ending = false
  const show = (body: ProbeBody): void => {
    if (body.type === 'probe' && body.results > 0) seen.add(body.target)
    if (body.type === 'sysctl' && Object.keys(body.values).length > 0) seen.add(body.node)
    const line = asText ? log.take(body) : JSON.stringify(body)
    // That all series are over at the end needs no line for each.
    if (line === undefined || (asText && ending)) return
    terminal.clear()
    process.stdout.write(`${line}\n`)
  }
  const say = (text: string): void => {
    terminal.clear()
    progress(text)
  }
  const router = remoteRouter(server, say, show)
  const census = await accesses(flags)
  // Asked for before anything is set, so that a wrong socket is told at once.
  await router.paths([])
  const probes = await startProber(router, {
    ...{ targets: flags.target ?? [], census, mode: flags.mode, kinds },
    ...{ interval: flags.interval, timeout: flags.timeout, censusInterval: flags.censusInterval },
    onProblem: say,
  })
  say(
    `probing ${flags.target?.join(', ') ?? 'nothing'}${probes.pinned ? ', each next hop by itself' : ''}; sysctls of ${census.map(({ node }) => node).join(', ') || 'no node'}`,
  )
  let found: readonly Finding[] = []
  const shown = setInterval(() => terminal.show(log.status()), STATUS)
  try {
    const interrupted = await ends(span)
    clearInterval(shown)
    // Asked before they end, so that all series of a path count.
    await router.flush()
    if (!interrupted) found = await dataPlaneFindings(flags)
    process.exitCode = interrupted ? EXIT.interrupted : worst(found)
    const wanted = [
      ...(flags.target ?? []).map((text) => parseTarget(text).text),
      ...census.map(({ node }) => node),
    ]
    if (!interrupted) demandResults(wanted, seen)
  } finally {
    clearInterval(shown)
    ending = true
    await probes.stop()
    terminal.clear()
    if (asText) process.stdout.write(log.summary(printOptions()))
    // Data stays clean: with -o json they are for people.
    const stream = asText ? process.stdout : process.stderr
    for (const finding of found) stream.write(`\n${findingText(finding, printOptions({}, stream))}\n`)
    await router.flush()
  }
  // Connections may still wait for the other side's FIN.
  process.exit()
}

/** A target that nobody announced, and a node that could not be read, are no reason to be content. */
function demandResults(wanted: readonly string[], seen: ReadonlySet<string>): void {
  const without = wanted.filter((name) => !seen.has(name))
  if (without.length > 0 && process.exitCode !== EXIT.finding)
    throw new UserError('RW_NOTHING_TO_CHECK', `there is no result of ${without.join(', ')}`, {
      remedy: 'See `routewitness get routes` for what is announced, and the lines above for nodes.',
    })
}

/** True when it was interrupted, and not over by itself. */
function ends(span: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(true))
    if (span !== undefined) setTimeout(() => resolve(false), span / 1e3)
  })
}

async function dataPlaneFindings(flags: RunFlags): Promise<readonly Finding[]> {
  const { ask } = await import('../api/client.ts')
  const { DATA_PLANE_FINDINGS } = await import('../core/check/finding.ts')
  const { findings } = await ask<Verdict>(serverAddress(flags), 'GET', '/v1/verdict')
  const codes: readonly string[] = DATA_PLANE_FINDINGS
  return findings.filter(({ code }) => codes.includes(code))
}

function worst(findings: readonly Finding[]): number {
  if (findings.some(({ severity }) => severity === 'error')) return EXIT.finding
  return findings.length > 0 ? EXIT.warning : EXIT.ok
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list what is probed, and how it goes')
    .option('--trace <dir>', 'read a trace instead of asking a running router')
    .option('--at <mark>', 'at this mark or event number of the trace instead of now')
  return serverOptions(outputOptions(command))
    .addHelpText('after', '\nExample:\n  routewitness probe list -o wide')
    .action(async (flags: ServerFlags & OutputFlags & { readonly trace?: string; readonly at?: string }) => {
      const { probesTable } = await import('../report/probes.ts')
      const { now, rows } = await probeList(flags)
      process.stdout.write(probesTable(rows, now, { ...printOptions(flags), format: flags.output }))
    })
}

async function probeList(
  flags: ServerFlags & { readonly trace?: string; readonly at?: string },
): Promise<{ readonly now: number; readonly rows: readonly ProbeRow[] }> {
  if (flags.trace === undefined && flags.at === undefined) {
    const { ask } = await import('../api/client.ts')
    return ask(serverAddress(flags), 'GET', '/v1/probes')
  }
  const { observeTrace } = await import('../harness/trace-view.ts')
  const { probeRows } = await import('../probe/rows.ts')
  const observer = await observeTrace(await traceDirectory(flags), { at: flags.at, onEnd: tellOfCut(flags) })
  return { now: observer.world.lastEvent.at, rows: probeRows(observer) }
}

function serveCommand(): Command {
  return new Command('serve')
    .description('be the echo server that probes ask: it says which pod and node answer, and whom they see')
    .option('--port <port>', 'where to listen', wholeNumber(0, 65_535), 8080)
    .option('--host <address>', 'the address to listen on (default: all)')
    .option('--pod <name>', 'name of the pod (default: $POD_NAME, then the host name)')
    .option('--node <name>', 'name of the node (default: $NODE_NAME)')
    .addHelpText('after', '\nExample:\n  routewitness probe serve --node worker1')
    .action(async (flags: { port: number; host?: string; pod?: string; node?: string }) => {
      const { serveEcho } = await import('../probe/echo-server.ts')
      const { POD_NAME, NODE_NAME } = process.env
      const server = await serveEcho({
        ...{ port: flags.port, host: flags.host, pod: flags.pod ?? POD_NAME, node: flags.node ?? NODE_NAME },
      })
      const address = server.address()
      progress(`echo server on port ${typeof address === 'object' ? address?.port : address}`)
    })
}

function censusCommand(): Command {
  const command = new Command('census')
    .description('read the sysctls of nodes once, and say which ones lose packets or will')
    .option('--manifest', 'print the DaemonSet by whose pods --census-pods reads nodes')
  return outputOptions(censusOptions(command), ['table', 'json'])
    .addHelpText(
      'after',
      `
Needs no router. Exit code 1 when packets are lost, 3 when they will be.

Examples:
  routewitness probe census --census docker:kind-worker
  routewitness probe census --manifest | kubectl apply -f -
  routewitness probe census --census-pods`,
    )
    .action(async (flags: CensusFlags & OutputFlags & { readonly manifest?: boolean }) => {
      if (flags.manifest === true) {
        const { censusManifest } = await import('../probe/census-pods.ts')
        process.stdout.write(censusManifest())
        return
      }
      const { judgeCensuses, takeCensus } = await import('../probe/rows.ts')
      const { realClock } = await import('../net/clock.ts')
      const { censusTable } = await import('../report/probes.ts')
      const nodes = await accesses(flags)
      if (nodes.length === 0)
        throw new UserError('RW_USAGE', 'no node is named', {
          remedy: 'Give --census, for example --census local, or --census-pods.',
        })
      const clock = realClock()
      const censuses = await Promise.all(nodes.map((node) => takeCensus(node, () => clock.now())))
      const findings = judgeCensuses(censuses)
      process.stdout.write(
        flags.output === 'json'
          ? `${JSON.stringify({ censuses, findings }, undefined, 2)}\n`
          : censusTable(censuses, findings, printOptions(flags)),
      )
      process.exitCode = worst(findings)
    })
}
