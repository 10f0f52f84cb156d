// Which rows a claim is about: filters by node, prefix and family, and what to say of names that nobody has.
import { nearest } from '../../core/errors/nearest.ts'
import { formatPrefix } from '../../core/ip/text.ts'
import { writtenPrefix } from '../../core/ip/written-prefix.ts'
import type { WindowFilter } from '../../core/window/contract.ts'
import { familyFromName } from '../../core/wire/families.ts'
import type { State, Window } from '../../harness/contract.ts'
import { misused, undecided, type Outcome } from './claim.ts'

/** Which nodes, prefixes and family are meant; all that are given must hold. */
export interface Filter {
  readonly node?: string | readonly string[] | undefined
  readonly prefix?: string | readonly string[] | undefined
  /** "ipv4-unicast" or "ipv6-unicast". */
  readonly family?: string | undefined
}

export const FILTER = ['node', 'prefix', 'family'] as const

/** Names that a message about an unknown one lists when none is near. */
const SHOWN = 6

const listOf = (value: string | readonly string[] | undefined): readonly string[] | undefined =>
  value === undefined ? undefined : typeof value === 'string' ? [value] : value

/**
 * A prefix as it is written everywhere here. Refused are what is none, and what has bits behind its length: it may be the
 * address or the length that is wrong.
 */
export function readPrefix(text: string): { readonly prefix: string } | { readonly bad: Outcome } {
  const read = writtenPrefix(text)
  return 'what' in read ? { bad: misused(read.what, read.remedy) } : { prefix: formatPrefix(read) }
}

/** A filter that has been looked at: lists, prefixes in their usual form. */
export interface Selection {
  readonly nodes: readonly string[] | undefined
  readonly prefixes: readonly string[] | undefined
  readonly family: string | undefined
  readonly filter: WindowFilter
  /** " of node01", " of 10.5.112.0/24", " in ipv4-unicast": what stands behind "no route". */
  readonly words: string
  matches(row: {
    readonly node: string | undefined
    readonly peer?: string | undefined
    readonly prefix?: string | undefined
    readonly family?: string | undefined
  }): boolean
}

/** Looks at a filter; gives an outcome where it makes no sense. */
export function select(options: Filter = {}): Selection | { readonly bad: Outcome } {
  const nodes = listOf(options.node)
  const wanted = listOf(options.prefix)
  if (nodes?.length === 0) return { bad: misused('the list of nodes is empty: nothing to check') }
  if (wanted?.length === 0) return { bad: misused('the list of prefixes is empty: nothing to check') }
  const prefixes: string[] = []
  for (const text of wanted ?? []) {
    const read = readPrefix(text)
    if ('bad' in read) return read
    prefixes.push(read.prefix)
  }
  const { family } = options
  if (family !== undefined && familyFromName(family) === undefined)
    return { bad: misused(`"${family}" is no family`, 'Write ipv4-unicast or ipv6-unicast.') }
  return {
    nodes,
    prefixes: wanted === undefined ? undefined : prefixes,
    family,
    filter: {
      ...(nodes === undefined ? {} : { node: nodes }),
      ...(wanted === undefined ? {} : { prefix: prefixes }),
      ...(family === undefined ? {} : { family }),
    },
    words: wordsOf(prefixes, nodes, family),
    matches: (row) =>
      (nodes === undefined || nodes.some((node) => isNode(row, node))) &&
      (wanted === undefined || (row.prefix !== undefined && prefixes.includes(row.prefix))) &&
      (family === undefined || row.family === family),
  }
}

const wordsOf = (
  prefixes: readonly string[] = [],
  nodes: readonly string[] = [],
  family: string | undefined,
): string =>
  [
    ...(prefixes.length === 0 ? [] : [` of ${prefixes.join(', ')}`]),
    ...(nodes.length === 0 ? [] : [` of ${nodes.join(', ')}`]),
    ...(family === undefined ? [] : [` in ${family}`]),
  ].join('')

/** For words about a filter, before it is known to make sense: then as it was given. */
export function filterWords(options: Filter = {}): string {
  const selection = select(options)
  return 'bad' in selection
    ? wordsOf(listOf(options.prefix), listOf(options.node), options.family)
    : selection.words
}

/** By name; a peer that no object names is meant by its identifier or its key, which ends with it. */
export function isNode(
  row: { readonly node: string | undefined; readonly peer?: string | undefined },
  name: string,
): boolean {
  return row.node === name || (row.peer !== undefined && (row.peer === name || row.peer.endsWith(` ${name}`)))
}

/** All names that a state knows nodes by; a node that is gone is known by its events. */
export function nodesKnown(state: State): readonly string[] {
  const names = new Set<string>()
  for (const { node } of state.nodes()) names.add(node)
  for (const { node, identifier } of state.peers()) names.add(node ?? identifier)
  for (const { node } of state.expected()) names.add(node)
  return [...names]
}

/** Says that a node is unknown, unless one of the state's peers, objects or events has the name. */
export function unknownNode(state: State, nodes: readonly string[] | undefined): Outcome | undefined {
  if (nodes === undefined) return undefined
  const known = new Set(nodesKnown(state))
  const peers = state.peers()
  for (const node of nodes) {
    if (known.has(node) || peers.some((peer) => isNode(peer, node) || peer.identifier === node)) continue
    if (state.events().some((row) => isNode(row, node))) continue
    return strange('node', node, [...known], `${state.label} knows`)
  }
  return undefined
}

/** The same for the nodes and prefixes of a window. */
export function unknownNames(window: Window, selection: Selection): Outcome | undefined {
  // Listing all names is work, where there is a large table.
  if (selection.nodes === undefined && selection.prefixes === undefined) return undefined
  const { nodes, prefixes } = window.names()
  for (const node of selection.nodes ?? [])
    if (!nodes.includes(node)) return strange('node', node, nodes, `the window "${window.name}" knows`)
  for (const prefix of selection.prefixes ?? [])
    if (!prefixes.includes(prefix))
      return strange('prefix', prefix, prefixes, `the window "${window.name}" knows`)
  return undefined
}

function strange(what: string, wrong: string, names: readonly string[], who: string): Outcome {
  const near = nearest(wrong, names)
  const some = [...names].sort().slice(0, SHOWN)
  const others =
    names.length === 0
      ? `it knows no ${what} at all`
      : near.length > 0
        ? `the nearest ${near.length === 1 ? 'is' : 'are'} ${near.join(', ')}`
        : `it knows ${some.join(', ')}${names.length > some.length ? ', …' : ''}`
  return {
    ...undecided(`${who} no ${what} "${wrong}": ${others}`),
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : undefined,
  }
}
