// Kills `serve` at random instants under load and looks at what its traces hold: `npm run loss -- --kills 200 --seed 1`.
// Prints the distribution of what was lost; ends with 1 when a trace is unreadable, is no prefix of what was sent, or
// lacks more than BOUND. What the figures mean is in docs/loss.md.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Random } from './fuzz/random.ts'
import { BLOCK_OCTETS } from '../src/trace/pace.ts'
import { kill, type Outcome, type Plan } from './loss/kill.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Longest load before a kill, milliseconds, unless given. A busy machine wants more. */
const LONGEST = 1500
const MIB = 1024 * 1024
/** Octets that one read takes from a socket at most; a second one may have begun before the first was handled. */
const READ = 64 * 1024
/**
 * Octets that may be missing: one block, which is what may wait for the disk before input waits too, and what was read
 * from the socket and has not had its turn.
 */
const BOUND = BLOCK_OCTETS + 2 * READ

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      parallel: { type: 'string', default: '2' },
      only: { type: 'string' },
      rotate: { type: 'string' },
      longest: { type: 'string', default: String(LONGEST) },
    },
  })
  const seed = Number(values.seed)
  const plans = Array.from({ length: Number(values.kills) }, (_, number) =>
    planOf(seed, number, values),
  ).filter(({ number }) => values.only === undefined || number === Number(values.only))
  const main = build()
  const outcomes: Outcome[] = []
  const todo = [...plans]
  await Promise.all(
    Array.from({ length: Number(values.parallel) }, async () => {
      for (let plan = todo.shift(); plan !== undefined; plan = todo.shift()) {
        const outcome = await kill(plan, main)
        outcomes.push(outcome)
        console.error(lineOf(outcome))
      }
    }),
  )
  return report(outcomes, seed)
}

/**
 * Everything about one kill follows from the seed and its number.
 * @param options.rotate octets of a segment, or "never"; every other pair of kills has 1 MiB unless given
 */
function planOf(
  seed: number,
  number: number,
  { rotate, longest }: { readonly rotate?: string; readonly longest: string },
): Plan {
  const random = new Random(seed, number)
  return {
    number,
    after: random.below(Number(longest) * 1000) / 1000,
    how: number % 2 === 0 ? 'frozen' : 'running',
    rotateBytes:
      rotate === undefined
        ? number % 4 < 2
          ? undefined
          : MIB
        : rotate === 'never'
          ? undefined
          : Number(rotate),
  }
}

/** From source `serve` takes a second longer to start. */
function build(): string {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) throw new Error('the build failed')
  return join(ROOT, 'dist', 'cli', 'main.js')
}

const lost = ({ read, recorded }: Outcome): number => Math.max(0, read - recorded)

function lineOf(outcome: Outcome): string {
  const { plan, problem, updates, missing, segments, truncated } = outcome
  const what = problem ?? `${lost(outcome)} octets lost (${missing} UPDATEs), ${truncated} cut off at the end`
  return `kill ${plan.number} ${plan.how} after ${plan.after.toFixed(0)} ms: ${updates} UPDATEs in ${segments} segments; ${what}`
}

function report(outcomes: readonly Outcome[], seed: number): number {
  const broken = outcomes.filter((outcome) => outcome.problem !== undefined || lost(outcome) > BOUND)
  const sum = outcomes.reduce((total, { updates }) => total + updates, 0)
  const cut = outcomes.filter(({ truncated }) => truncated > 0).length
  console.log(
    `seed ${seed}: ${outcomes.length} kills, ${sum} UPDATEs recorded; ${cut} traces end inside a block`,
  )
  for (const how of ['frozen', 'running'] as const) {
    const some = outcomes.filter(({ plan }) => plan.how === how)
    if (some.length === 0) continue
    console.log(`${how.padEnd(8)} ${some.length} kills; lost octets ${spread(some.map(lost))}`)
    console.log(`${''.padEnd(8)} lost UPDATEs ${spread(some.map(({ missing }) => missing))}`)
  }
  for (const outcome of broken) console.log(`BROKEN   ${lineOf(outcome)}`)
  console.log(`${outcomes.length - broken.length} of ${outcomes.length} within ${BOUND} octets`)
  return broken.length === 0 && outcomes.length > 0 ? 0 : 1
}

function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!
  return `min ${at(0)}, median ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${sorted.at(-1)}`
}

process.exitCode = await main()
