// The corpus of test/vectors: `npm run vectors -- add INPUT --source "bird 2.0.12"` takes messages from a trace, an MRT file
// or a capture; `refresh` decodes all of it anew (review the diff); `list` counts.
import { parseArgs } from 'node:util'
import { TYPE_UPDATE } from '../src/core/wire/framing.ts'
import { openRecord } from '../src/trace/convert/convert.ts'
import { contextOf, Negotiation } from '../src/trace/convert/negotiation.ts'
import { connectionKey, Notes, type WireMessage } from '../src/trace/convert/wire-event.ts'
import { toHex } from '../test/support/hex.ts'
import {
  corpus,
  opinionOf,
  save,
  shapeOf,
  vectorKey,
  type Vector,
  type VectorContext,
} from '../test/support/vectors.ts'

const USAGE = `usage: npm run vectors -- add INPUT --source TEXT [--per-shape N] [--direction in|out|both]
       npm run vectors -- refresh
       npm run vectors -- list

add        INPUT is a trace folder, an MRT file, a capture, or lines of \`convert --to jsonl\`; what the corpus has already is left
           out, and of messages that differ in numbers alone N are taken (3). The file is named after --source.`

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      source: { type: 'string' },
      'per-shape': { type: 'string', default: '3' },
      direction: { type: 'string', default: 'in' },
    },
  })
  const [command, input] = positionals
  const { source, direction } = values
  if (command === 'list') return list()
  if (command === 'refresh') return refresh()
  if (command === 'add' && input !== undefined && source !== undefined) {
    return add(input, source, direction, Number(values['per-shape']))
  }
  console.error(USAGE)
  return 2
}

function list(): number {
  let total = 0
  for (const { file, vectors } of corpus()) {
    const types = tally(vectors.map(({ text }) => text.split(' ', 1)[0]!))
    const counts = [...types].map(([type, count]) => `${count} ${type}`).sort()
    console.log(`${String(vectors.length).padStart(4)}  ${file.padEnd(24)} ${counts.join(', ')}`)
    total += vectors.length
  }
  console.log(`${String(total).padStart(4)}  in all`)
  return 0
}

function refresh(): number {
  for (const { file, vectors } of corpus()) {
    const fresh = vectors.map((vector): Vector => {
      const { name, source, context, outcome, hex } = vector
      const same = { name, source, context, ...(outcome === undefined ? {} : { outcome }), hex }
      const made = { ...same, ...opinionOf(vector) }
      if (JSON.stringify(made) !== JSON.stringify(vector)) console.log(`${file}: ${name}: ${made.text}`)
      return made
    })
    save({ file, vectors: fresh })
  }
  return 0
}

async function add(input: string, source: string, direction: string, perShape: number): Promise<number> {
  const files = corpus()
  const file = `${source.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')}.json`
  const vectors = [...(files.find((one) => one.file === file)?.vectors ?? [])]
  const known = new Set(files.flatMap(({ vectors }) => vectors.map(vectorKey)))
  const names = new Set(vectors.map(({ name }) => name))
  const shapes = tally(vectors.map(shapeOf))
  const before = vectors.length
  const notes = new Notes()
  const negotiations = new Map<string, Negotiation>()
  for await (const event of openRecord(input, notes)) {
    if (event.type !== 'message') continue
    const key = connectionKey(event)
    const negotiation = negotiations.get(key) ?? new Negotiation()
    negotiations.set(key, negotiation)
    negotiation.observe(event.direction, event.bytes)
    if (direction !== 'both' && direction !== event.direction) continue
    const found = { context: vectorContext(event, negotiation), hex: toHex(event.bytes) }
    if (known.has(vectorKey(found))) continue
    const made = { ...found, ...opinionOf(found) }
    const alike = shapes.get(shapeOf(made)) ?? 0
    if (alike >= perShape) continue
    shapes.set(shapeOf(made), alike + 1)
    known.add(vectorKey(found))
    vectors.push({ name: nameOf(made.text, names), source, ...made })
  }
  for (const note of notes.list()) console.error(`note: ${note}`)
  save({ file, vectors })
  console.log(`${vectors.length - before} added to ${file}, which has ${vectors.length}`)
  return 0
}

/** How often each is there. */
function tally(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** What differs from the usual, for an UPDATE; all others are read without context. */
function vectorContext(message: WireMessage, negotiation: Negotiation): VectorContext {
  if (message.bytes[18] !== TYPE_UPDATE) return {}
  const { fourOctetAs, internal, addPath } = contextOf(message, negotiation)
  return {
    ...(fourOctetAs ? {} : { fourOctetAs }),
    ...(internal ? { internal } : {}),
    ...(addPath.size === 0 ? {} : { addPath: [...addPath].sort() }),
    ...(message.bytes.length > 4096 ? { maxLength: 65_535 } : {}),
  }
}

/** The beginning of the text, with a number where that is taken. */
function nameOf(text: string, taken: Set<string>): string {
  const short = text.length <= 80 ? text : `${text.slice(0, 80).replace(/\s\S*$/, '')} …`
  let name = short
  for (let number = 2; taken.has(name); number++) name = `${short} (${number})`
  taken.add(name)
  return name
}

process.exitCode = await main()
