// trace.json: what one has to know before reading the rest.
import type { Micros, SpeakerConfig } from '../core/speaker/contract.ts'
import { UserError } from '../core/errors/user-error.ts'
import { configFromJson, configToJson } from '../core/stream/json-config.ts'
import {
  type JsonObject,
  count,
  isObject,
  object,
  objects,
  parsed,
  text,
} from '../core/stream/json-fields.ts'
import { formatMicros, parseMicros } from '../core/stream/time.ts'

/** Version of the format that this code writes, and the newest that it reads. */
export const FORMAT = 1

/** A pair of files, and what stands first in it. */
export interface SegmentEntry {
  readonly messages: string
  readonly events: string
  /** Number of the first event. */
  readonly firstSeq: number
  readonly from: Micros
}

export interface TraceManifest {
  readonly format: number
  /** Version of routewitness that wrote the trace. */
  readonly version: string
  /** When the record was begun, by whom, and on what. */
  readonly created: Micros
  readonly host: string
  readonly node: string
  /** The wall clock was read at this instant; all later instants come from the monotonic clock. */
  readonly clock: { readonly anchor: Micros }
  readonly config: SpeakerConfig
  /** Settle time of findings, microseconds. */
  readonly settle: Micros
  /** As last written: the folder itself says which files there are. */
  readonly segments: readonly SegmentEntry[]
}

export function manifestToText(manifest: TraceManifest): string {
  const json: JsonObject = {
    format: manifest.format,
    version: manifest.version,
    created: formatMicros(manifest.created),
    host: manifest.host,
    node: manifest.node,
    clock: { anchor: formatMicros(manifest.clock.anchor) },
    config: configToJson(manifest.config),
    settle: manifest.settle,
    segments: manifest.segments.map(({ messages, events, firstSeq, from }) => ({
      messages,
      events,
      firstSeq,
      from: formatMicros(from),
    })),
  }
  return `${JSON.stringify(json, null, 2)}\n`
}

/**
 * @param path where the text comes from, for the error
 * @throws UserError RW_TRACE when it is no manifest, RW_TRACE_VERSION when it is of a newer format
 */
export function manifestFromText(content: string, path: string): TraceManifest {
  let json: unknown
  try {
    json = JSON.parse(content)
  } catch (error) {
    throw new UserError('RW_TRACE', `${path} is no JSON`, { cause: error })
  }
  if (!isObject(json)) throw new UserError('RW_TRACE', `${path} is no trace.json: it holds no object`)
  // Checked before all else: nothing else of a newer format need be where it is today.
  if (typeof json['format'] === 'number' && json['format'] > FORMAT) {
    const version = typeof json['version'] === 'string' ? ` by routewitness ${json['version']}` : ''
    throw new UserError(
      'RW_TRACE_VERSION',
      `${path} was written${version} in trace format ${json['format']}; this version reads up to ${FORMAT}`,
    )
  }
  try {
    return {
      format: count(json, 'format'),
      version: text(json, 'version'),
      created: parsed(json, 'created', micros),
      host: text(json, 'host'),
      node: text(json, 'node'),
      clock: { anchor: parsed(object(json, 'clock'), 'anchor', micros) },
      config: configFromJson(object(json, 'config')),
      settle: count(json, 'settle'),
      segments: objects(json, 'segments', (segment) => ({
        messages: text(segment, 'messages'),
        events: text(segment, 'events'),
        firstSeq: count(segment, 'firstSeq'),
        from: parsed(segment, 'from', micros),
      })),
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new UserError('RW_TRACE', `${path} is no trace.json: ${problem}`, { cause: error })
  }
}

function micros(written: string): Micros {
  const at = parseMicros(written)
  if (at === undefined) throw new Error('no RFC 3339 instant in UTC')
  return at
}
