// Records in temporary folders for tests of `convert`.
import { writeFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parseAddress } from '../../src/core/ip/text.ts'
import { type Converted, convert, type Format, openRecord } from '../../src/trace/convert/convert.ts'
import { JsonLines } from '../../src/trace/convert/jsonl-format.ts'
import { Notes, type WireEvent, type WireMessage } from '../../src/trace/convert/wire-event.ts'
import { temporary } from './trace-folder.ts'

/** 2026-01-01T00:00:00Z, so many microseconds later. */
export const at = (micros: number): number => 1_767_225_600_000_000 + micros

export const CONNECTION = {
  session: 7,
  peer: { address: parseAddress('127.0.0.14'), port: 57495 },
  local: { address: parseAddress('127.0.0.1'), port: 1790 },
}

/** A message from the peer of session 7, unless told otherwise. */
export function wireMessage(fields: Partial<WireMessage> & Pick<WireMessage, 'bytes'>): WireMessage {
  return {
    type: 'message',
    at: at(0),
    ...CONNECTION,
    direction: 'in',
    fourOctetAs: true,
    addPath: false,
    peerAsn: 64512,
    localAsn: 65000,
    ...fields,
  }
}

/** Path of a file with these events as JSON lines. */
export function linesOf(events: readonly WireEvent[]): string {
  const path = temporary('events.jsonl')
  const lines = new JsonLines()
  writeFileSync(path, Buffer.concat(events.map((event) => lines.line(event))))
  return path
}

export function fileOf(bytes: Uint8Array, name = 'file'): string {
  const path = temporary(name)
  writeFileSync(path, bytes)
  return path
}

/** What `convert` writes for a file. */
export async function converted(input: string, to: Format): Promise<Converted & { readonly bytes: Buffer }> {
  const output = new PassThrough()
  const bytes = buffer(output)
  const result = await convert({ input, to, output })
  output.end()
  return { ...result, bytes: await bytes }
}

/** What a file is read as. */
export async function eventsIn(input: string, notes = new Notes()): Promise<WireEvent[]> {
  const events: WireEvent[] = []
  for await (const event of openRecord(input, notes)) {
    events.push('bytes' in event ? { ...event, bytes: Uint8Array.from(event.bytes) } : event)
  }
  return events
}
