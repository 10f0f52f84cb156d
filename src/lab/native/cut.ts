// Dropping the packets of one loopback address, both ways: what a dead link looks like from either end. Rules are this
// process's own chain in the network namespace that it runs in, and carry a comment with the lab's name.
import { run, runOk } from './exec.ts'

const RULE = (address: string, direction: '-s' | '-d', comment: string): string[] => [
  'INPUT',
  '-i',
  'lo',
  direction,
  address,
  '-p',
  'tcp',
  '-m',
  'comment',
  '--comment',
  comment,
  '-j',
  'DROP',
]
const BOTH = ['-s', '-d'] as const

/** Why packets cannot be dropped here; undefined when they can. */
export async function missingForCuts(): Promise<string | undefined> {
  const tried = await run('iptables', ['-w', '5', '-S', 'INPUT']).catch(() => undefined)
  if (tried === undefined) return 'dropping packets takes iptables, which is not installed'
  if (tried.code === 0) return undefined
  return `dropping packets takes root and a kernel with netfilter (iptables: ${tried.stderr.trim().split('\n')[0]})`
}

export class PacketFilter {
  readonly #comment: string
  readonly #cut = new Set<string>()

  /** @param owner whose rules they are: stands in each as a comment */
  constructor(owner: string) {
    this.#comment = `routewitness ${owner}`
  }

  async cut(address: string): Promise<void> {
    if (this.#cut.has(address)) return
    this.#cut.add(address)
    for (const direction of BOTH)
      await runOk('iptables', ['-w', '5', '-I', ...RULE(address, direction, this.#comment)])
  }

  async restore(address: string): Promise<void> {
    if (!this.#cut.delete(address)) return
    await this.#delete(address)
  }

  async restoreAll(): Promise<void> {
    for (const address of this.#cut) await this.restore(address)
  }

  /** Removes what a process that was killed left of this owner. */
  async sweep(): Promise<void> {
    const { stdout } = await run('iptables', ['-w', '5', '-S', 'INPUT'])
    for (const line of stdout.split('\n')) {
      if (!line.includes(`--comment "${this.#comment}"`)) continue
      const address = / -([sd]) (\d+\.\d+\.\d+\.\d+)/.exec(line)
      if (address === null) continue
      const direction = address[1] === 's' ? '-s' : '-d'
      await runOk('iptables', ['-w', '5', '-D', ...RULE(address[2] ?? '', direction, this.#comment)])
    }
  }

  async #delete(address: string): Promise<void> {
    for (const direction of BOTH)
      await runOk('iptables', ['-w', '5', '-D', ...RULE(address, direction, this.#comment)])
  }
}
