import { homedir } from 'node:os'
import { Command, Option } from 'commander'
import { EXIT } from '../core/errors/codes.ts'
import type { LabFlags } from '../lab/kind/site.ts'
import type { LabStatus, LabWorld } from '../lab/kind/lab.ts'
import { progress, wholeNumber } from './shared.ts'

interface RunFlags {
  readonly dryRun?: boolean
  readonly offline?: boolean
}

/** `lab`: a kind cluster with Cilium in front of this router. */
export function labCommand(): Command {
  const command = new Command('lab').description(
    'a kind cluster with Cilium whose nodes peer with this router: needs Docker, kind, Helm and kubectl',
  )
  for (const add of [addUp, addDown, addStatus, addPreload, addUpgrade]) add(command)
  return command.addHelpText(
    'after',
    `
What a lab makes is labelled and listed in its folder, and nothing else is touched. A command that was stopped or failed
goes on where it was when it is given again. --dry-run prints the commands instead of running them.

Examples:
  routewitness lab up                          Cilium 1.20, two workers, IPv4
  routewitness lab up --cilium 1.18 --workers 3 --families dual
  routewitness lab upgrade --cilium 1.20
  routewitness lab down`,
  )
}

const nameOption = (): Option => new Option('--name <name>', 'which lab (default: routewitness)')
const dryRunOption = (): Option => new Option('--dry-run', 'print the commands, run none')
const offlineOption = (): Option => new Option('--offline', 'take images and charts from `lab preload` only')

function imageOptions(command: Command): Command {
  return command
    .option('--cilium <version>', 'release of Cilium: 1.18, 1.19, 1.20 or a patch of these (default: 1.20)')
    .option('--image <image>', 'image of the router; built if it is not there (default: routewitness:dev)')
    .option('--node-image <image>', 'image of the nodes (default: kindest/node:v1.34.0)')
}

function addUp(parent: Command): Command {
  const command = parent
    .command('up')
    .description('bring a lab up, or go on with one; ends with the verdict of `check`')
    .addOption(nameOption())
  return imageOptions(command)
    .option('--workers <number>', 'workers beside the control plane (default: 2)', wholeNumber(0, 20))
    .addOption(
      new Option('--families <which>', 'address families (default: ipv4)').choices(['ipv4', 'ipv6', 'dual']),
    )
    .option('--asn <number>', 'AS number of the router (default: 64512)', wholeNumber(1, 4_294_967_295))
    .option('--node-asn <number>', 'AS number of the nodes (default: 64513)', wholeNumber(1, 4_294_967_295))
    .option('--network <name>', 'Docker network to make (default: kind)')
    .option('--subnet <prefix>', 'IPv4 range of that network (default: 198.18.64.0/20)')
    .addOption(offlineOption())
    .addOption(dryRunOption())
    .action(async ({ dryRun, offline, ...flags }: LabFlags & RunFlags) => {
      const { labUp } = await import('../lab/kind/lab.ts')
      process.exitCode = await inWorld({ dryRun, offline }, (world) => labUp(world, flags))
    })
}

function addDown(parent: Command): Command {
  return parent
    .command('down')
    .description('remove what the lab made; its record stays')
    .addOption(nameOption())
    .option('--purge', 'remove the record too')
    .addOption(dryRunOption())
    .action(async ({ dryRun, ...flags }: { name?: string; purge?: boolean } & RunFlags) => {
      const { labDown } = await import('../lab/kind/lab.ts')
      process.exitCode = await inWorld({ dryRun }, async (world) => {
        await labDown(world, flags)
        return EXIT.ok
      })
    })
}

function addStatus(parent: Command): Command {
  return parent
    .command('status')
    .description('what there is of a lab; exit code 1 when something is missing')
    .addOption(nameOption())
    .addOption(
      new Option('-o, --output <format>', 'output format').choices(['table', 'json']).default('table'),
    )
    .action(async ({ name, output }: { name?: string; output: string }) => {
      const { labStatus } = await import('../lab/kind/lab.ts')
      process.exitCode = await inWorld({}, async (world) => {
        const status = await labStatus(world, name)
        process.stdout.write(
          output === 'json' ? `${JSON.stringify(status, undefined, 2)}\n` : statusText(status),
        )
        return status.parts.every(({ complaint }) => complaint === undefined) ? EXIT.ok : EXIT.finding
      })
    })
}

function statusText({ plan, directory, parts }: LabStatus): string {
  const head = `lab ${plan.name}: Cilium ${plan.cilium}, ${plan.families}, ${directory}\n`
  return (
    head + parts.map(({ part, complaint }) => `${complaint ?? 'ok'}\t${part}\n`.replace('\t', '  ')).join('')
  )
}

function addPreload(parent: Command): Command {
  return imageOptions(
    parent.command('preload').description('fetch all that `up --offline` needs into one folder'),
  )
    .addOption(dryRunOption())
    .action(async ({ dryRun, ...flags }: LabFlags & RunFlags) => {
      const { labPreload } = await import('../lab/kind/lab.ts')
      process.exitCode = await inWorld({ dryRun }, async (world) => {
        process.stdout.write(`${await labPreload(world, flags)}\n`)
        return EXIT.ok
      })
    })
}

function addUpgrade(parent: Command): Command {
  return parent
    .command('upgrade')
    .description('bring Cilium to another release, up or down, and judge what that did')
    .addOption(nameOption())
    .requiredOption('--cilium <version>', 'release to go to')
    .addOption(offlineOption())
    .addOption(dryRunOption())
    .action(async ({ dryRun, offline, ...flags }: { name?: string; cilium: string } & RunFlags) => {
      const { labUpgrade } = await import('../lab/kind/lab.ts')
      process.exitCode = await inWorld({ dryRun, offline }, (world) => labUpgrade(world, flags))
    })
}

/** Runs `work` with real programs, or with one that prints. The first Ctrl-C stops in order, the second at once. */
async function inWorld(
  { dryRun = false, offline = false }: { dryRun?: boolean | undefined; offline?: boolean | undefined },
  work: (world: LabWorld) => Promise<number>,
): Promise<number> {
  const { RealRunner } = await import('../lab/kind/real-runner.ts')
  const { DryRunner } = await import('../lab/kind/dry-runner.ts')
  const { PlanInterrupted } = await import('../lab/kind/step.ts')
  const { labsDirectory } = await import('../lab/kind/site.ts')
  const stop = new AbortController()
  process.on('SIGINT', () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted)
    progress('stopping; Ctrl-C again leaves everything as it is')
    stop.abort()
  })
  const tell = (line: string): void => progress(`    ${line}`)
  const dry = new DryRunner((line) => process.stdout.write(`${line}\n`))
  try {
    return await work({
      runner: dryRun ? dry : new RealRunner(tell, stop.signal),
      cleaner: dryRun ? dry : new RealRunner(tell),
      progress: { tell: (line) => (dryRun ? process.stdout.write(`## ${line}\n`) : progress(line)) },
      directory: labsDirectory(process.env, homedir()),
      now: () => new Date(),
      offline,
    })
  } catch (error) {
    if (!(error instanceof PlanInterrupted)) throw error
    progress(error.message)
    return EXIT.interrupted
  }
}
