// Native lab from the command line: `npx tsx scripts/lab-native.ts build|up|down|status|logs`. docs/lab.md tells the rest.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { EXIT } from '../src/core/errors/codes.ts'
import { isUserError, UserError } from '../src/core/errors/user-error.ts'
import { speakerTargetOf } from '../src/lab/native/bring-up.ts'
import { ensureBuild } from '../src/lab/native/build.ts'
import { processNames } from '../src/lab/native/commands.ts'
import { openLab, startLab } from '../src/lab/native/lab.ts'
import { layoutOf, logOf } from '../src/lab/native/layout.ts'
import { cacheDirectory, labDirectory, labsDirectory } from '../src/lab/native/paths.ts'
import { makePlan, parseRouter, type LabOptions } from '../src/lab/native/plan.ts'
import { progressTo } from '../src/lab/native/progress.ts'
import { Site } from '../src/lab/native/site.ts'
import { allStates } from '../src/lab/native/state.ts'
import { formatStatus, isWhole, labStatus } from '../src/lab/native/status.ts'
import { kubeTarget } from '../src/lab/native/targets.ts'
import { CILIUM_DEFAULT, CILIUM_RELEASES, SPEAKERS } from '../src/lab/native/versions.ts'

const progress = progressTo((line) => process.stderr.write(line))
const cache = cacheDirectory()

const program = new Command('lab-native')
  .description('Real Kubernetes and Cilium BGP control planes as plain processes, in front of your router.')
  .addHelpText('after', `\nBuilds and labs are kept in ${cache} (ROUTEWITNESS_LAB_CACHE).`)
  // A wrong option ends like every other wrong usage of the product.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage))

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Use a whole number.')
  return Number(text)
}
const router = (text: string): { address: string; port: number } => {
  try {
    return parseRouter(text)
  } catch (error) {
    throw new InvalidArgumentError(isUserError(error) ? error.remedy : String(error))
  }
}
const nameOption = (): Option => new Option('--name <name>', 'which lab').default('native')
const versionOptions = (): Option[] => [
  new Option(
    '--cilium <release>',
    `full lab with this Cilium, such as ${CILIUM_RELEASES.join(', ')} (default: ${CILIUM_DEFAULT})`,
  ),
  new Option('--speakers <minor>', 'incident I-1 with the MetalLB-mode speakers of this minor').choices(
    Object.keys(SPEAKERS),
  ),
]

interface VersionFlags {
  cilium?: string
  speakers?: string
}

function command(name: string, description: string, options: readonly Option[]): Command {
  const command = program.command(name).description(description)
  for (const option of options) command.addOption(option)
  return command
}

command('build', 'compile what a lab runs, unless that was done before', [
  ...versionOptions(),
  new Option('--all', 'every release that the lab knows'),
]).action(async (flags: VersionFlags & { all?: boolean }) => {
  const wanted: LabOptions[] = flags.all
    ? [
        ...CILIUM_RELEASES.map((cilium) => ({ cilium })),
        ...Object.keys(SPEAKERS).map((speakers) => ({ speakers })),
      ]
    : [flags]
  const targets = [kubeTarget(), ...wanted.map((options) => speakerTargetOf(makePlan(options)))]
  for (const target of targets) console.log((await ensureBuild(cache, target, progress)).directory)
})

interface UpFlags extends VersionFlags {
  name: string
  router?: { address: string; port: number }
  routerAsn?: number
  asn?: number
  ipam?: string
  ipv6: boolean
  services?: boolean
  gracefulRestart?: number
  hold?: number
  keepalive?: number
}

/** Only what was given: what is left out gets its default in makePlan. */
function upOptions(flags: UpFlags): LabOptions {
  const { routerAsn, asn, router, ipv6, ...rest } = flags
  const given = { ...router, ...(routerAsn === undefined ? {} : { asn: routerAsn }) }
  return {
    ...rest,
    router: given,
    ...(asn === undefined ? {} : { localAsn: asn }),
    ...(ipv6 ? {} : { ipv6 }),
  }
}

command('up', 'start a lab (builds first if need be); one that runs already is left as it is', [
  nameOption(),
  ...versionOptions(),
  new Option('--router <address:port>', 'where your router listens (default: 127.0.0.1:1790)').argParser(
    router,
  ),
  new Option('--router-asn <asn>', 'its AS (default: 65000; speakers: 64524)').argParser(whole),
  new Option('--asn <asn>', 'AS of the nodes (default: 64512; speakers: 64513)').argParser(whole),
  new Option('--ipam <mode>', 'cluster-pool or kubernetes (default: cluster-pool)').choices([
    'cluster-pool',
    'kubernetes',
  ]),
  new Option('--no-ipv6', 'IPv4 only'),
  new Option('--services', 'two LoadBalancer Services, advertised'),
  new Option('--graceful-restart <seconds>', 'graceful restart with this restart time').argParser(whole),
  new Option('--hold <seconds>', 'hold time (default: 9; speakers: 90)').argParser(whole),
  new Option('--keepalive <seconds>', 'keepalive time (default: a third of the hold time)').argParser(whole),
]).action(async (flags: UpFlags) => {
  const lab = await startLab({ ...upOptions(flags), cache, progress })
  progress(`lab ${lab.name} is up; ${join(lab.directory, 'kubectl')} is its kubectl`)
  console.log(lab.kubeconfig)
})

command('down', 'end what the lab started and remove its directory', [
  nameOption(),
  new Option('--all', 'every lab in the cache'),
]).action(async (flags: { name: string; all?: boolean }) => {
  const names = flags.all
    ? (await allStates(labsDirectory(cache))).map((state) => state.plan.name)
    : [flags.name]
  if (names.length === 0) progress('there is no lab')
  for (const name of names) {
    const lab = await openLab(name, cache)
    await lab?.down()
    progress(lab === undefined ? `there is no lab ${name}` : `lab ${name} is down`)
  }
})

command('status', 'processes, ports and nodes; exit code 1 if something that should run does not', [
  nameOption(),
  new Option('--json', 'as JSON'),
]).action(async (flags: { name: string; json?: boolean }) => {
  const { site, state } = await existing(flags.name)
  const status = await labStatus(site, state)
  process.stdout.write(flags.json ? `${JSON.stringify(status, null, 2)}\n` : formatStatus(status))
  process.exitCode = isWhole(status) ? EXIT.ok : EXIT.finding
})

command('logs', 'the end of the logs of one process, or of all', [
  nameOption(),
  new Option('-f, --follow', 'go on as they grow'),
  new Option('-n, --lines <count>', 'lines of each log').default(20).argParser(whole),
])
  .argument('[process]', 'etcd, kube-apiserver, cilium-operator, agent-NODE, …')
  .action(async (name: string | undefined, flags: { name: string; follow?: boolean; lines: number }) => {
    const { site, state } = await existing(flags.name)
    const names = [...new Set([...processNames(state), ...Object.keys(state.processes)])]
    if (name !== undefined && !names.includes(name)) {
      throw new UserError('RW_USAGE', `lab ${flags.name} has no process ${name}`, {
        remedy: `It has ${names.join(', ')}.`,
      })
    }
    const files = (name === undefined ? names : [name]).map((process) =>
      logOf(layoutOf(site.layout.directory), process),
    )
    const follow = flags.follow ? ['-F'] : []
    const [command, ...args] = ['tail', '-n', String(flags.lines), ...follow, ...files] as [
      string,
      ...string[],
    ]
    const tail = spawn(command, args, { stdio: 'inherit' })
    process.exitCode = await new Promise<number>((resolve, reject) => {
      tail.on('error', reject)
      tail.on('close', (code) => resolve(code ?? EXIT.interrupted))
    })
  })

async function existing(name: string) {
  const site = new Site(labDirectory(cache, name))
  const state = await site.state.read()
  if (state === undefined) {
    throw new UserError('RW_LAB', `there is no lab ${name} in ${labsDirectory(cache)}`, {
      remedy: 'Start it with `up`.',
    })
  }
  return { site, state }
}

try {
  await program.parseAsync()
} catch (error) {
  if (!isUserError(error)) throw error
  process.stderr.write(`error: ${error.what}\n${error.remedy}\n`)
  process.exitCode = error.exitCode
}
