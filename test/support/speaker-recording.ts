// Sequences recorded from real Cilium agents (fixtures/cilium), played to the speaker in their own time.
import { readFileSync } from 'node:fs'
import { Bench } from './speaker-bench.ts'
import { keepalive } from './speaker-messages.ts'

interface Step {
  /** Seconds from the beginning. */
  readonly at: number
  /** What was done to the cluster. */
  readonly note?: string
  readonly connection?: number
  readonly opened?: true
  readonly closed?: 'fin' | 'rst'
  /** From here on nothing of the peer arrives. */
  readonly silent?: true
  /** Hex of a whole message. */
  readonly message?: string
  readonly what?: string
}

interface Recording {
  readonly title: string
  readonly cilium: string
  readonly node: string
  readonly steps: readonly Step[]
}

export function recording(name: string): Recording {
  return JSON.parse(
    readFileSync(new URL(`../fixtures/cilium/${name}.json`, import.meta.url), 'utf8'),
  ) as Recording
}

/**
 * Plays a recording. The agents' hold time was 9 s and their KEEPALIVEs were not recorded: one comes every 3 s.
 * `after` is called after each step.
 */
export function play(
  name: string,
  bench = new Bench(),
  after: (step: Step, bench: Bench) => void = () => {},
): Bench {
  const { node, steps } = recording(name)
  const sessions = new Map<number, number>()
  let at = 0
  for (const step of steps) {
    bench.passes(`${Math.round((step.at - at) * 1000)}ms`)
    at = step.at
    if (step.connection !== undefined) {
      if (step.opened) sessions.set(step.connection, bench.connect(node))
      const session = sessions.get(step.connection)
      if (session === undefined) throw new Error(`connection ${step.connection} was never opened`)
      if (step.message !== undefined) {
        bench.message(session, new Uint8Array(Buffer.from(step.message, 'hex')))
        if (step.what === 'KEEPALIVE')
          bench.everySoOften(session, 3e6, () => bench.message(session, keepalive))
      }
      if (step.silent || step.closed) bench.noMore(session)
      if (step.closed) bench.input({ type: 'connection-closed', session, how: step.closed })
    }
    after(step, bench)
  }
  return bench
}
