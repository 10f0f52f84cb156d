// Probe reports and the sysctl census as JSON: instants as RFC 3339.
import type { Micros } from '../speaker/contract.ts'
import {
  JsonFieldError,
  type JsonObject,
  count,
  flag,
  object,
  objects,
  oneOf,
  optional,
  text,
} from './json-fields.ts'
import type { ProbeKind, ProbeOutcome, ProbeReport, SysctlCensus } from './probe-events.ts'
import { formatMicros, parseMicros } from './time.ts'

const KINDS = ['new', 'kept', 'ecmp', 'large'] as const satisfies readonly ProbeKind[]
const OUTCOMES = [
  'ok',
  'refused',
  'reset',
  'timeout',
  'unreachable',
  'garbled',
  'error',
] as const satisfies readonly ProbeOutcome[]

export function probeToJson(report: ProbeReport): JsonObject {
  const { kind, target, prefix, nextHop, node, pinned, results, lost, from, sent, outcome } = report
  const { inRow, since, rtt, reply, local, resets, answers, message, ended } = report
  return {
    ...{ kind, target, prefix, nextHop, node, pinned, results, lost },
    ...{ from: formatMicros(from), sent: formatMicros(sent), outcome },
    ...{ inRow, since: formatMicros(since), rtt, reply, local, resets, answers, message, ended },
  }
}

/** @throws JsonFieldError */
export function probeFromJson(json: JsonObject): ProbeReport {
  return {
    kind: oneOf(json, 'kind', KINDS),
    target: text(json, 'target'),
    prefix: text(json, 'prefix'),
    ...optional(json, 'nextHop', text),
    ...optional(json, 'node', text),
    pinned: flag(json, 'pinned'),
    results: count(json, 'results'),
    lost: count(json, 'lost'),
    from: instantIn(json, 'from'),
    sent: instantIn(json, 'sent'),
    outcome: oneOf(json, 'outcome', OUTCOMES),
    inRow: count(json, 'inRow'),
    since: instantIn(json, 'since'),
    ...optional(json, 'rtt', count),
    ...optional(json, 'reply', (from, field) => {
      const reply = object(from, field)
      return {
        ...optional(reply, 'pod', text),
        ...optional(reply, 'node', text),
        client: text(reply, 'client'),
      }
    }),
    ...optional(json, 'local', text),
    ...optional(json, 'resets', count),
    ...optional(json, 'answers', (from, field) => {
      const answers = object(from, field)
      return Object.fromEntries(Object.keys(answers).map((who) => [who, count(answers, who)]))
    }),
    ...optional(json, 'message', text),
    ...optional(json, 'ended', flag),
  }
}

export function censusToJson(census: SysctlCensus): JsonObject {
  const { node, read, before, values, settings, tuned, reversePathDrops, filters, problem, ended } = census
  const was = before === undefined ? undefined : formatMicros(before)
  return {
    ...{ node, read: formatMicros(read), before: was, values },
    ...{ settings, tuned, reversePathDrops, filters, problem, ended },
  }
}

/** @throws JsonFieldError */
export function censusFromJson(json: JsonObject): SysctlCensus {
  const values = object(json, 'values')
  return {
    node: text(json, 'node'),
    read: instantIn(json, 'read'),
    ...optional(json, 'before', instantIn),
    values: Object.fromEntries(
      Object.keys(values).map((key) => [key, values[key] === null ? null : text(values, key)]),
    ),
    ...optional(json, 'settings', (from, field) =>
      objects(from, field, (setting) => ({
        file: text(setting, 'file'),
        key: text(setting, 'key'),
        value: text(setting, 'value'),
      })),
    ),
    ...optional(json, 'tuned', text),
    ...optional(json, 'reversePathDrops', count),
    ...optional(json, 'filters', (from, field) =>
      objects(from, field, (filter) => ({ rule: text(filter, 'rule'), packets: count(filter, 'packets') })),
    ),
    ...optional(json, 'problem', text),
    ...optional(json, 'ended', flag),
  }
}

function instantIn(json: JsonObject, field: string): Micros {
  const at = parseMicros(text(json, field))
  if (at === undefined) throw new JsonFieldError(field, 'is no RFC 3339 instant in UTC')
  return at
}
