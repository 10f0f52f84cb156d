// A fault that is really there: thrown at until it shows, reduced, and written as a vector.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { reduce, writeVectors } from '../../scripts/fuzz/finding.ts'
import { readMaterial } from '../../scripts/fuzz/material.ts'
import { startServe } from '../../scripts/fuzz/target.ts'
import { throwOf, type Throw } from '../../scripts/fuzz/throws.ts'
import type { Vector } from '../support/vectors.ts'

const PLANTED = fileURLToPath(new URL('../support/planted-fault.mjs', import.meta.url))
/** Flags and type of LARGE_COMMUNITIES, at which the router with the planted fault ends. */
const CULPRIT = 'c020'

/** Whether an iteration has the culprit where the router reads it. */
function hasCulprit({ kind, connections }: Throw): boolean {
  return (
    kind === 'updates' &&
    // A connection that is reset may be gone before its octets are read.
    connections.some(
      ({ steps, end }) =>
        end === 'fin' &&
        steps.slice(2).some(({ bytes }) => Buffer.from(bytes).toString('hex').includes(CULPRIT)),
    )
  )
}

test.each([
  ['ends the router', 'ended', ''],
  ['the router keeps memory for', 'memory', '?memory'],
  ['the router leaves a file open for', 'open', '?open'],
] as const)(
  'a message that %s is found among thousands of octets and kept as a vector',
  { timeout: 240_000 },
  async (_, kind, planted) => {
    const seed = 11
    const material = readMaterial()
    const context = {
      seed,
      material,
      stall: 30,
      start: (directory: string, flags = '') =>
        startServe(directory, `--import=${PLANTED}${planted} ${flags}`),
    }
    let from = 0
    let reduction: Awaited<ReturnType<typeof reduce>>
    const fault = (at: number) => ({ kind, what: 'planted', from: at, to: at + 7 }) as const
    do {
      while (!hasCulprit(throwOf(seed, from + 4, material))) from++
      reduction = await reduce(fault(from), context)
      from++
    } while (!reduction.again)

    const sizes = (count: number): number =>
      Array.from({ length: 8 }, (_, at) => throwOf(seed, fault(count).from + at, material))
        .flatMap(({ connections }) => connections.flatMap(({ steps }) => steps))
        .reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(reduction.iterations).toHaveLength(1)
    expect(reduction.messages.length).toBeLessThanOrEqual(3)
    expect(sizes(from - 1)).toBeGreaterThan(10 * Buffer.concat(reduction.messages).length)

    const directory = mkdtempSync(join(tmpdir(), 'routewitness-reduced-'))
    try {
      const file = writeVectors(directory, fault(from - 1), reduction, seed)
      const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[]
      expect(vectors.map(({ hex }) => hex.includes(CULPRIT)).at(-1)).toBe(true)
      expect(vectors[0]!.text).toMatch(/^OPEN/)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  },
)
