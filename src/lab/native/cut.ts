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

  /** Lets packets pass again. Gives how many were dropped. */
  async restore(address: string): Promise<number> {
    if (!this.#cut.has(address)) return 0
    const dropped = await this.#remove((rule) => rule.address === address)
    this.#cut.delete(address)
    return dropped
  }

  async restoreAll(): Promise<void> {
    for (const address of this.#cut) await this.restore(address)
  }

  /** Removes what a process that was killed left of this owner. */
  async sweep(): Promise<void> {
    await this.#remove(() => true)
  }

  /** What is there is removed, not what should be: Ctrl-C may have ended an iptables half way. Gives the packets counted. */
  async #remove(wanted: (rule: DropRule) => boolean): Promise<number> {
    const listed = await runOk('iptables', ['-w', '5', '-v', '-S', 'INPUT'])
    const rules = parseDropRules(listed, this.#comment).filter(wanted)
    for (const { address, direction } of rules)
      await runOk('iptables', ['-w', '5', '-D', ...RULE(address, direction, this.#comment)])
    return rules.reduce((sum, { packets }) => sum + packets, 0)
  }
}

export interface DropRule {
  readonly address: string
  readonly direction: (typeof BOTH)[number]
  readonly packets: number
}

/** Rules with this comment in what `iptables -v -S` prints: `-A INPUT -s 127.0.3.11/32 … -c 12 720 -j DROP`. */
export function parseDropRules(text: string, comment: string): DropRule[] {
  return text.split('\n').flatMap((line) => {
    const match = / -([sd]) (\d+\.\d+\.\d+\.\d+)/.exec(line)
    if (match === null || !line.includes(`--comment "${comment}"`)) return []
    const packets = Number(/ -c (\d+) /.exec(line)?.[1] ?? 0)
    return [{ address: match[2]!, direction: match[1] === 's' ? '-s' : '-d', packets }]
  })
}
