import { Command, InvalidArgumentError } from 'commander'
import { EXIT } from '../core/errors/codes.ts'
import { UserError } from '../core/errors/user-error.ts'
import {
  clusterOptions,
  outputOptions,
  printOptions,
  progress,
  wholeNumber,
  type ClusterFlags,
  type OutputFlags,
} from './shared.ts'
import type { Check, Facts } from '../lab/preflight/contract.ts'
import type { CheckResult } from '../lab/preflight/run.ts'

interface PreflightFlags extends ClusterFlags, OutputFlags {
  readonly only?: readonly string[]
  readonly list?: boolean
  readonly router?: string
  readonly asn?: number
  readonly listen: readonly string[]
}

const LISTEN = ['0.0.0.0:1790']

/** `preflight`: what would go wrong, before anything peers. Exit code 1 with errors, 3 with warnings only. */
export function preflightCommand(): Command {
  const command = new Command('preflight')
    .description(
      'look for what would go wrong: versions, objects, addresses, rights, sysctls; needs no session',
    )
    .option('--router <address>', 'our address as the nodes see it', address)
    .option('--asn <number>', 'our AS number', wholeNumber(1, 4_294_967_295))
    .option('--listen <address...>', 'where we are to listen', LISTEN)
    .option('--only <checks>', 'these checks alone, with commas between them', (text: string) =>
      text.split(','),
    )
    .option('--list', 'list the checks')
  return clusterOptions(outputOptions(command, ['table', 'json', 'yaml']))
    .addHelpText(
      'after',
      `
Examples:
  routewitness preflight --context my-cluster --router 198.18.0.1 --asn 64512
  routewitness preflight --objects ./dump --only version-ipam,selector-chain
  routewitness preflight --only ports --listen 0.0.0.0:179`,
    )
    .action(async (flags: PreflightFlags) => {
      const { parseListenAddress } = await import('../net/endpoint.ts')
      for (const each of flags.listen) parseListenAddress(each)
      const { chosenChecks, preflight } = await import('../lab/preflight/run.ts')
      const checks = chosenChecks(flags.only)
      const options = printOptions(flags)
      if (flags.list === true) {
        const { table } = await import('../report/table.ts')
        process.stdout.write(
          table(
            ['check', 'about', 'looks whether'],
            checks.map(({ id, about, title }) => [id, about, title]),
            options,
          ),
        )
        return
      }
      const facts = await factsOf(flags)
      if (facts.cluster === undefined && flags.only === undefined)
        progress('no cluster is named: only this machine is looked at (--context, --kubeconfig or --objects)')
      const { checkText, summaryText } = await import('../lab/preflight/text.ts')
      const asText = flags.output === 'table'
      const results = await preflight(facts, possible(checks, facts, flags), (result) => {
        if (asText) process.stdout.write(checkText(result, options))
      })
      if (asText) process.stdout.write(summaryText(results))
      else if (flags.output === 'json') process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`)
      else process.stdout.write((await import('yaml')).stringify(results, { lineWidth: 0 }))
      process.exitCode = exitCode(results)
    })
}

/** What is left out unless it was asked for: with a cluster what only a lab needs, without one what is about it. */
const possible = (
  checks: readonly Check[],
  { cluster }: Facts,
  { only }: PreflightFlags,
): readonly Check[] =>
  only === undefined
    ? checks.filter(({ about }) => about !== (cluster === undefined ? 'cluster' : 'lab'))
    : checks

function exitCode(results: readonly CheckResult[]): number {
  if (results.every(({ verdict }) => verdict === 'skipped'))
    throw new UserError('RW_NOTHING_TO_CHECK', 'nothing could be checked')
  if (results.some(({ verdict }) => verdict === 'error')) return EXIT.finding
  return results.some(({ verdict }) => verdict === 'warning') ? EXIT.warning : EXIT.ok
}

async function factsOf(flags: PreflightFlags): Promise<Facts> {
  const { objectsOf } = await import('../lab/preflight/contract.ts')
  const { thisHost } = await import('../lab/preflight/host.ts')
  const { collectObjects, clusterSource } = await import('../harness/sources.ts')
  const router = { address: flags.router, asn: flags.asn, listen: flags.listen }
  if (clusterSource(flags, process.env) === undefined) return { cluster: undefined, router, host: thisHost() }
  const watched = await collectObjects(flags)
  const { readMore } = await import('../lab/preflight/more-objects.ts')
  const { objects, unread, initContainers } = await readMore(flags, objectsOf(watched))
  const kinds = new Set(objects.map(({ kind }) => kind))
  const cluster = objectsOf([...watched.filter(({ kind }) => !kinds.has(kind)), ...objects])
  return { cluster, router, host: thisHost(), unread, initContainers }
}

function address(text: string): string {
  if (!/^[0-9a-fA-F.:]+$/.test(text))
    throw new InvalidArgumentError('It is to be an address, such as 198.18.0.1.')
  return text
}
