// The corpus of test/vectors: messages as hex, as decoded JSON and as text beside each other, one file a source.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isBgpError } from '../../src/core/errors/bgp-error.ts'
import { DEFAULT_CONTEXT, decodeMessage, encodeMessage } from '../../src/core/wire/codec.ts'
import { formatMessage } from '../../src/core/wire/format.ts'
import { type JsonFields, messageToJson } from '../../src/core/wire/message-json.ts'
import type { CodecContext, Message } from '../../src/core/wire/message.ts'
import { errorToJson } from '../../src/trace/convert/jsonl-format.ts'
import { hex, toHex } from './hex.ts'

export const CORPUS = fileURLToPath(new URL('../vectors/', import.meta.url))

/** How a message is to be read, as far as that is not: external, four-octet AS numbers, no path identifiers, all families. */
export interface VectorContext {
  readonly fourOctetAs?: boolean
  readonly internal?: boolean
  /** Families as "afi/safi". */
  readonly addPath?: readonly string[]
  readonly families?: readonly string[]
  readonly maxLength?: number
}

export interface Vector {
  readonly name: string
  /** Daemon and version, or the section of the RFC that it was written from. */
  readonly source: string
  readonly context: VectorContext
  /** By hand, before decoding: "attribute-discard", or "NOTIFICATION 2/4" for what is answered so. Without it: nothing is wrong. */
  readonly outcome?: string
  /** Spaces are for the reader. */
  readonly hex: string
  readonly text: string
  readonly decoded: JsonFields
  /** False where the decoded message encodes to other octets that mean the same. */
  readonly canonical?: false
}

export interface VectorFile {
  readonly file: string
  readonly vectors: readonly Vector[]
}

/** All files of the corpus, by name. */
export function corpus(): readonly VectorFile[] {
  return readdirSync(CORPUS)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((file) => ({ file, vectors: JSON.parse(readFileSync(join(CORPUS, file), 'utf8')) as Vector[] }))
}

/** Writes a file of the corpus: a field a line, so that a reviewer sees what differs. */
export function save({ file, vectors }: VectorFile): void {
  const texts = vectors.map((vector) => {
    const { name, source, context, outcome, hex, text, decoded, canonical } = vector
    const fields = Object.entries({ name, source, context, outcome, hex, text, decoded, canonical })
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => `    ${JSON.stringify(field)}: ${JSON.stringify(value)}`)
    return `  {\n${fields.join(',\n')}\n  }`
  })
  writeFileSync(join(CORPUS, file), `[\n${texts.join(',\n')}\n]\n`)
}

export function bytesOf(vector: Pick<Vector, 'hex'>): Uint8Array {
  return hex(vector.hex)
}

export function codecContext({ addPath, families, ...rest }: VectorContext): CodecContext {
  return {
    ...DEFAULT_CONTEXT,
    ...rest,
    ...(addPath === undefined ? {} : { addPath: new Set(addPath) }),
    ...(families === undefined ? {} : { families: new Set(families) }),
  }
}

/** The message, or undefined where it is answered with a NOTIFICATION. */
export function decoded(vector: Pick<Vector, 'hex' | 'context'>): Message | undefined {
  try {
    return decodeMessage(bytesOf(vector), codecContext(vector.context))
  } catch (error) {
    if (isBgpError(error)) return undefined
    throw error
  }
}

/** What our codec makes of the octets: everything of a vector that is not written by hand. */
export function opinionOf(
  vector: Pick<Vector, 'hex' | 'context'>,
): Pick<Vector, 'text' | 'decoded' | 'canonical'> {
  const context = codecContext(vector.context)
  const bytes = bytesOf(vector)
  let message: Message
  try {
    message = decodeMessage(bytes, context)
  } catch (error) {
    if (isBgpError(error)) return errorToJson(error) as Pick<Vector, 'text' | 'decoded'>
    throw error
  }
  const opinion = { text: formatMessage(message), decoded: messageToJson(message) }
  if (isMalformed(message)) return opinion
  return toHex(encodeMessage(message, context)) === toHex(bytes) ? opinion : { ...opinion, canonical: false }
}

export function isMalformed(message: Message): boolean {
  return message.type === 'update' && message.malformed.length > 0
}

/** Two vectors with the same key say the same. */
export function vectorKey({ hex: text, context }: Pick<Vector, 'hex' | 'context'>): string {
  return `${toHex(hex(text))} ${JSON.stringify(context)}`
}

/** Text without its numbers: messages of one shape teach the same. */
export function shapeOf(vector: Pick<Vector, 'text' | 'context'>): string {
  const words = vector.text
    .replace(/fqdn \S+/, 'fqdn #')
    .split(' ')
    .map((word) => (/\d/.test(word) && !word.includes('ipv') ? '#' : word))
  return `${JSON.stringify(vector.context)} ${words.join(' ').replaceAll(/#( #)+/g, '# #')}`
}
