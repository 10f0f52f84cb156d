import { Command } from 'commander'
import { printOptions } from './shared.ts'

interface DemoFlags {
  readonly trace?: string
}

/** `demo`: incident I-1 with real TCP sessions and an embedded API server; no cluster needed. */
export function demoCommand(): Command {
  return new Command('demo')
    .description("no cluster needed: four nodes announce each other's prefixes, and one of them is taken out")
    .option('--trace <dir>', 'folder for the record (default: a new one in the temporary directory)')
    .addHelpText(
      'after',
      '\nExample:\n  routewitness demo --trace ./demo-trace && routewitness get events --trace ./demo-trace',
    )
    .action(async (flags: DemoFlags) => {
      const { playIncident } = await import('../demo/play.ts')
      const { findingsText } = await import('../report/findings.ts')
      const options = printOptions()
      const out = (text: string): void => void process.stdout.write(text)
      await playIncident({
        directory: flags.trace,
        say: (line) => out(`${line}\n`),
        show: (verdict) => out(`\n${findingsText(verdict, false, options)}\n`),
      })
    })
}
