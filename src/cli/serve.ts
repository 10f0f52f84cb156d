import { Command, Option } from 'commander'
import { EXIT } from '../core/errors/codes.ts'
import type { SettingFlags } from '../harness/flag-settings.ts'
import { readToken } from '../api/address.ts'
import { UserError } from '../core/errors/user-error.ts'
import { clusterOptions, givesObjects, progress, wholeNumber, type ClusterFlags } from './shared.ts'

interface ServeFlags extends ClusterFlags, SettingFlags {
  readonly config?: string
  readonly http: string
  readonly tokenFile?: string
  readonly socket?: string
}

/** `serve`: the router as a daemon. Runs until SIGINT or SIGTERM. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('be the upstream router: take sessions, record them, check them against the cluster')
    .option(
      '-f, --config <file>',
      'YAML file with the options of startRouter: docs/testing.md (peers that dial, passwords, …)',
    )
    .option('--asn <number>', 'our AS number', wholeNumber(1, 4_294_967_295))
    .option('--identifier <address>', 'our BGP identifier (default: an IPv4 address of this host)')
    .option('--listen <address:port...>', 'where to listen (default: 0.0.0.0:1790 [::]:1790)')
    .option('--from <prefix...>', 'source addresses that may peer (default: all)')
    .option(
      '--peer-asn <number>',
      'AS number that peers must have (default: any)',
      wholeNumber(1, 4_294_967_295),
    )
    .option('--hold <seconds>', 'hold time to offer: 0, or at least 3 (default: 90)', wholeNumber(0, 65_535))
    .addOption(
      new Option('--graceful-restart <mode>', 'help peers over a restart, or not (default: helper)').choices([
        'helper',
        'off',
      ]),
    )
    .option('--trace <dir>', 'folder for the record (default: ./routewitness-DATE-TIME)')
    .option('--no-trace', 'record nothing on disk')
    .option('--resume', 'go on with the trace that lies in --trace')
    .option('--settle <duration>', 'how long a route must stand before it is judged (default: 15s)')
    .option('--http <address:port>', 'HTTP API and metrics, or "off"', '127.0.0.1:8480')
    .option('--token-file <file>', 'token that the HTTP API asks for; needed off loopback')
    .option('--socket <path>', 'control socket (default: routewitness.sock in $XDG_RUNTIME_DIR)')
  return clusterOptions(command)
    .option('--no-cluster', 'record only, compare with no cluster')
    .addHelpText(
      'after',
      `
Without --context, --kubeconfig, --in-cluster or --objects the current context of your kubeconfig is used, if there is one.

Examples:
  routewitness serve --asn 64512 --context my-cluster
  routewitness serve --asn 64512 --listen 198.18.0.1:1790 --from 198.18.0.0/15 --peer-asn 64513
  routewitness serve -f routewitness.yaml --objects ./dump`,
    )
    .action(async (flags: ServeFlags) => {
      const { readConfigFile } = await import('../harness/config-file.ts')
      const { serve } = await import('../api/serve.ts')
      const { withFlags } = await import('../harness/flag-settings.ts')
      const { sourceFor } = await import('../harness/sources.ts')
      if (flags.cluster === false && givesObjects(flags))
        throw new UserError(
          'RW_USAGE',
          '--no-cluster compares with nothing, and --objects, --context, --kubeconfig and --in-cluster say with what',
          { remedy: 'Leave one of them out.' },
        )
      const file = flags.config === undefined ? undefined : readConfigFile(flags.config)
      const { expected, ...settings } = file?.settings ?? {}
      // From here on, because what has begun is to be ended in order; a second signal ends the process at once.
      const ended = new Promise<NodeJS.Signals>((resolve) => {
        for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name))
      })
      const stamp = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
      const server = await serve({
        settings: withFlags(settings, flags, `routewitness-${stamp}`),
        locate: file?.locate,
        expected: flags.cluster === false ? undefined : sourceFor(flags, expected, file?.locate, process.env),
        http: flags.http === 'off' ? undefined : flags.http,
        token: flags.tokenFile === undefined ? undefined : readToken(flags.tokenFile),
        socket: flags.socket,
        environment: process.env,
        say: (line) => progress(line),
      })
      const signal = await ended
      progress('stopping: sessions are closed, the record is completed')
      process.exitCode = signal === 'SIGINT' ? EXIT.interrupted : EXIT.ok
      await server.stop()
    })
}
