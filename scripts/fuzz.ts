// Throws mutated and malformed messages at a live router while BIRD and GoBGP have sessions with it:
// `npm run fuzz -- --minutes 5 --seed 1`. A finding is printed with seed and iteration, reduced, and written as a file that
// can be laid into test/vectors; then this ends with 1. The same seed throws the same octets.
import { parseArgs } from 'node:util'
import { reduce, writeVectors, type Fault } from './fuzz/finding.ts'
import { readMaterial } from './fuzz/material.ts'
import { run, textOf, type RunResult } from './fuzz/run.ts'

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      /** First iteration: to have one again without those before. */
      first: { type: 'string', default: '0' },
      /** Longest stall of the event loop that is no finding, milliseconds. */
      stall: { type: 'string', default: '500' },
      /** Where a reduced finding is written. */
      out: { type: 'string', default: '.' },
    },
  })
  const seed = Number(values.seed)
  const seconds = 60 * Number(values.minutes)
  const stall = Number(values.stall) / 1000
  const material = readMaterial()
  const progress = (line: string): void => console.error(line)
  progress(`seed ${seed}: ${material.all.length} messages to spoil, ${seconds} s`)
  const result = await run({ seed, seconds, first: Number(values.first), material, stall, progress })
  print(result, seed)
  const fault = result.faults[0]
  if (fault === undefined) return 0
  for (const one of result.faults.slice(0, 20)) console.log(`FINDING  ${textOfFault(one, seed)}`)
  progress('reducing the first')
  const reduction = await reduce(fault, { seed, material, stall })
  if (!reduction.again)
    console.log('It did not come again at a router of its own: throw the iterations once more.')
  else
    console.log(
      `reduced to ${reduction.messages.length} messages: ${writeVectors(values.out, fault, reduction, seed)}`,
    )
  return 1
}

function textOfFault({ kind, what, from, to }: Fault, seed: number): string {
  return `${kind}, seed ${seed}, iteration ${from === to ? from : `${from} to ${to}`}: ${what}`
}

function print(result: RunResult, seed: number): void {
  const { iterations, digest, evidence, longestStall } = result
  console.log(`seed ${seed}: ${iterations} iterations, octets ${digest}`)
  if (evidence !== undefined) {
    const { connections, thrown, recorded } = evidence
    console.log(
      `thrown   ${thrown} octets on ${connections} connections; ${recorded} of them read and in the trace`,
    )
  }
  console.log(`before   ${textOf(result.before)}`)
  console.log(`quarter  ${textOf(result.quarter)}`)
  if (result.after !== undefined) console.log(`after    ${textOf(result.after)}`)
  console.log(`longest stall of the event loop ${(longestStall * 1000).toFixed(0)} ms`)
  console.log(`${result.faults.length} findings`)
}

process.exitCode = await main()
