import { plural } from '../core/errors/plural.ts'
import { Command, Option } from 'commander'
import { UserError } from '../core/errors/user-error.ts'
import { progress } from './shared.ts'

/** How often a long conversion says how far it is, milliseconds. */
const EVERY = 2000

interface ConvertFlags {
  readonly to: 'mrt' | 'pcapng' | 'jsonl'
  readonly out?: string
}

/** `convert`: a record of BGP messages into another format. */
export function convertCommand(): Command {
  return new Command('convert')
    .description('turn a trace, an MRT file, a capture or JSON lines into MRT, pcapng or JSON lines')
    .argument('<input>', 'trace folder or file of any of the formats; "-" is standard input')
    .addOption(
      new Option('--to <format>', 'what to write').choices(['mrt', 'pcapng', 'jsonl']).makeOptionMandatory(),
    )
    .option('-o, --out <file>', 'file to write (default: standard output)')
    .addHelpText(
      'after',
      `
The input's format is told by its first octets: trace folder, MRT (BGP4MP and BGP4MP_ET messages), pcapng or pcap (tcpdump's
too; BGP on any port), JSON lines that this command wrote; gzip is unpacked. A capture has the messages in TCP connections
that look as if they were captured, with port 179 at the end that listened; the real ports stand in the packet comments.
MRT has no place for connections and ports, so a capture made from it shows neither; all messages survive every way.

Examples:
  routewitness convert ./trace --to pcapng -o trace.pcapng && wireshark trace.pcapng
  routewitness convert ./trace --to jsonl | jq -r 'select(.type == "message") | .at + " " + .text'
  tcpdump -i any -U -w - tcp port 179 | routewitness convert - --to mrt -o peer.mrt
  routewitness convert updates.20260101.0000.gz --to jsonl -o updates.jsonl`,
    )
    .action(async (input: string, flags: ConvertFlags) => {
      if (flags.out === undefined && flags.to !== 'jsonl' && process.stdout.isTTY) {
        throw new UserError('RW_USAGE', `${flags.to} is binary, and standard output is a terminal`, {
          remedy: 'Give a file with -o, or redirect the output.',
        })
      }
      const { convert } = await import('../trace/convert/convert.ts')
      let said = performance.now()
      try {
        const { messages, octets, notes } = await convert({
          input,
          to: flags.to,
          output: flags.out ?? process.stdout,
          onProgress(far) {
            if (performance.now() - said < EVERY) return
            said = performance.now()
            progress(`${far.messages} messages, ${far.octets} octets written`)
          },
        })
        for (const note of notes) progress(`note: ${note}`)
        progress(
          `${plural(messages, 'message')}, ${octets} octets${flags.out === undefined ? '' : ` in ${flags.out}`}`,
        )
      } catch (error) {
        // Whoever reads our output has seen enough (`| head`).
        if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
      }
    })
}
