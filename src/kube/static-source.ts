// Expected routes that are given by hand, for people without Kubernetes.
import { plural } from '../core/errors/plural.ts'
import { z } from 'zod'
import { isUserError, UserError, whatHappened } from '../core/errors/user-error.ts'
import { formatAddress, parseAddress, parseIdentifier } from '../core/ip/text.ts'
import { writtenPrefix } from '../core/ip/written-prefix.ts'
import { staticObject, type StaticNode } from '../core/expected/static-node.ts'
import type { ClusterObject } from '../core/stream/events.ts'
import { complaintOf, keyPath } from '../core/errors/complaint.ts'
import type { ObjectSource } from './contract.ts'
import { keysAt } from './schema-keys.ts'

const one = z.union([z.string(), z.array(z.string())])
const schema = z.array(
  z.strictObject({
    node: z.string().regex(/^[^\s/]+$/, 'a name is meant, without spaces and slashes'),
    prefixes: z.array(z.string()),
    addresses: one.optional(),
    identifiers: one.optional(),
    asn: z.number().int().min(1).max(4_294_967_295).optional(),
  }),
)

/**
 * A node, what it should announce to us, and by what its peer is known. A peer is the node when all that it offers of
 * these names it: the source address of its connection or its BGP identifier is among `addresses`, its BGP identifier among
 * `identifiers`, its AS number is `asn`, or the host name in its OPEN (FQDN capability) is the node's name. One is enough;
 * two that name different nodes are the finding `identity`.
 */
export interface StaticEntry {
  readonly node: string
  /** "10.5.112.0/24", both families; none: it should announce nothing. */
  readonly prefixes: readonly string[]
  readonly addresses?: string | readonly string[]
  /** Dotted quads. */
  readonly identifiers?: string | readonly string[]
  readonly asn?: number
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

/**
 * Expected routes given by hand: `fromStatic([{ node: 'node01', prefixes: ['10.5.112.0/24'], asn: 64513 }])`.
 * Throws RW_CONFIG that names the entry and key, RW_NOTHING_TO_CHECK for an empty list.
 */
export function fromStatic(nodes: readonly StaticEntry[], path = 'fromStatic'): ObjectSource {
  const objects = staticObjects(nodes, path)
  return {
    description: `${plural(objects.length, 'node')} given by hand`,
    async start(sink) {
      for (const object of objects) sink.object('set', object)
    },
    async stop() {},
  }
}

/** The objects that stand for entries in the stream. */
export function staticObjects(nodes: readonly StaticEntry[], path: string): readonly ClusterObject[] {
  const parsed = schema.safeParse(nodes)
  if (!parsed.success) {
    const wrong = complaintOf(parsed.error.issues, (at) => keysAt(schema, at))
    throw new UserError('RW_CONFIG', `${keyPath([path, ...wrong.path])}: ${wrong.message}`)
  }
  if (parsed.data.length === 0)
    throw new UserError('RW_NOTHING_TO_CHECK', `${path}: the list of nodes is empty: nothing is expected`, {
      remedy: "Give at least one node: { node: 'node01', prefixes: ['10.5.112.0/24'], asn: 64513 }.",
    })
  const entries = parsed.data.map((entry, at): StaticNode => {
    const read = <T>(key: string, values: readonly string[], parse: (text: string) => T): readonly T[] =>
      values.map((value, index) => {
        try {
          return parse(value)
        } catch (error) {
          throw new UserError('RW_CONFIG', `${path}[${at}].${key}[${index}]: ${whatHappened(error)}`, {
            ...(isUserError(error) ? { remedy: error.remedy } : {}),
          })
        }
      })
    const identifiers = listOf(entry.identifiers)
    read('identifiers', identifiers, parseIdentifier)
    return {
      name: entry.node,
      prefixes: read('prefixes', entry.prefixes, wholePrefix),
      addresses: read('addresses', listOf(entry.addresses), (text) => formatAddress(parseAddress(text))),
      identifiers,
      asn: entry.asn,
    }
  })
  refuseAmbiguity(entries, path)
  return entries.map(staticObject)
}

/** A prefix with its length: an address alone is too often a slip. */
function wholePrefix(text: string): StaticNode['prefixes'][number] {
  if (!text.includes('/')) throw new Error(`"${text}" has no length: write for example 10.5.112.0/24`)
  const read = writtenPrefix(text)
  if ('what' in read) throw new UserError('RW_CONFIG', read.what, { remedy: read.remedy })
  return read
}

/** Two entries that no peer could be told apart by. */
function refuseAmbiguity(entries: readonly StaticNode[], path: string): void {
  const seen = new Map<string, { readonly at: number; readonly alone: boolean }>()
  for (const [at, { name, addresses, identifiers, asn }] of entries.entries()) {
    const alone = addresses.length === 0 && identifiers.length === 0
    const traits = [
      [`node ${name}`, 'node'],
      ...addresses.map((address) => [`address ${address}`, 'addresses']),
      ...identifiers.map((identifier) => [`identifier ${identifier}`, 'identifiers']),
      ...(asn === undefined ? [] : [[`AS number ${asn}`, 'asn']]),
    ] as [string, string][]
    for (const [trait, key] of traits) {
      const other = seen.get(trait)
      // Many nodes of one AS are the usual thing, as long as something else tells them apart.
      const fine = key === 'asn' && other !== undefined && !alone && !other.alone
      if (other !== undefined && !fine)
        throw new UserError('RW_CONFIG', `${path}[${at}].${key}: ${trait} stands at [${other.at}], too`, {
          remedy:
            key === 'asn'
              ? 'Give addresses or identifiers where nodes share an AS number.'
              : 'Give it to one node.',
        })
      if (other === undefined || alone) seen.set(trait, { at, alone })
    }
  }
}
