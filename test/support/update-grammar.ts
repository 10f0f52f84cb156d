// A second opinion on UPDATE: the whole message as a binary-parser grammar, written from the RFCs alone. It shares no
// code and no table with src, is slow, and refuses whatever is not entirely clean (RFC 4271 §4.3, 4760, 7606, 6793,
// 7911, 8092, 8950), as seen by a receiver that accepts all families.
import { Parser } from 'binary-parser/dist/binary_parser.js'

export interface OracleContext {
  readonly fourOctetAs: boolean
  readonly internal: boolean
  /** Path identifiers in both unicast families. */
  readonly addPath: boolean
}

/** A route: path identifier or "-", length, and the significant octets of the prefix as hex. */
export type OracleRoute = string

export interface OracleUpdate {
  readonly withdrawn: readonly OracleRoute[]
  readonly nlri: readonly OracleRoute[]
  /** By type code. */
  readonly attributes: ReadonlyMap<number, unknown>
}

/** The routes and attributes of a clean UPDATE (its body, without the header), or why it is not clean. */
export function parseUpdate(
  body: Uint8Array,
  context: OracleContext,
): OracleUpdate | { readonly unclean: string } {
  try {
    const raw = exactly(updateGrammar(context), body) as {
      withdrawn: OracleRoute[]
      nlri: OracleRoute[]
      attributes: RawAttribute[]
    }
    const attributes = new Map(raw.attributes.map(({ type, value }) => [type, value]))
    if (attributes.size !== raw.attributes.length) throw new Error('an attribute appears twice')
    checkMandatory(raw.nlri, attributes)
    return { withdrawn: raw.withdrawn, nlri: raw.nlri, attributes }
  } catch (error) {
    return { unclean: error instanceof Error ? error.message : String(error) }
  }
}

interface RawAttribute {
  readonly type: number
  readonly flags: number
  readonly value: unknown
}

/** Required Optional and Transitive bits: 0x40 well-known, 0xc0 optional transitive, 0x80 optional non-transitive. */
const FLAGS: Readonly<Record<number, number>> = {
  1: 0x40,
  2: 0x40,
  3: 0x40,
  4: 0x80,
  5: 0x40,
  6: 0x40,
  7: 0xc0,
  8: 0xc0,
  9: 0x80,
  10: 0x80,
  14: 0x80,
  15: 0x80,
  16: 0xc0,
  17: 0xc0,
  18: 0xc0,
  25: 0xc0,
  32: 0xc0,
  35: 0xc0,
}

function checkMandatory(nlri: readonly OracleRoute[], attributes: ReadonlyMap<number, unknown>): void {
  const reach = attributes.get(14) as { routes: readonly OracleRoute[] | string } | undefined
  if (nlri.length === 0 && (reach?.routes.length ?? 0) === 0) return
  for (const type of nlri.length > 0 ? [1, 2, 3] : [1, 2])
    if (!attributes.has(type)) throw new Error(`attribute ${type} is missing`)
  if (nlri.length > 0 && !isHost(attributes.get(3) as number)) throw new Error('NEXT_HOP is no host')
}

/** RFC 4271 §6.3: "a valid IP host address". */
function isHost(address: number): boolean {
  return address !== 0 && address !== 0xffffffff && (address < 0xe0000000 || address > 0xefffffff)
}

/** Parses all of the bytes or throws. */
function exactly(parser: Parser, bytes: Uint8Array): Record<string, unknown> {
  const { end, ...fields } = parser.parse(bytes) as Record<string, unknown>
  if (end !== bytes.length) throw new Error(`consumed ${String(end)} of ${bytes.length} octets`)
  return fields
}

type Vars = Record<string, unknown>

/** A buffer of the length in another field, handed on to `parse`. */
function field(
  length: string,
  parse: (this: Vars, bytes: Uint8Array) => unknown,
): Parameters<Parser['buffer']>[1] {
  return {
    length,
    formatter(this: Vars, bytes: Uint8Array) {
      if (bytes.length !== this[length]) throw new Error('a field is cut short')
      return parse.call(this, bytes)
    },
  }
}

function updateGrammar(context: OracleContext): Parser {
  const routes = (bytes: Uint8Array) => parseRoutes(bytes, 32, context.addPath)
  const list = (bytes: Uint8Array) => exactly(attributesGrammar(context), bytes)['attributes']
  return new Parser()
    .uint16('withdrawnLength')
    .buffer('withdrawn', field('withdrawnLength', routes))
    .uint16('attributesLength')
    .buffer('attributes', field('attributesLength', list))
    .array('nlri', { type: routeGrammar(32, context.addPath), readUntil: 'eof', formatter: routeTexts })
    .saveOffset('end')
}

function attributesGrammar(context: OracleContext): Parser {
  const attribute = new Parser()
    .bit1('optional')
    .bit1('transitive')
    .bit1('partial')
    .bit1('extended')
    .bit4('unused')
    .uint8('type')
    .choice({
      tag: 'extended',
      choices: { 0: new Parser().uint8('length'), 1: new Parser().uint16('length') },
    })
    .buffer(
      'value',
      field('length', function (bytes) {
        const type = this['type'] as number
        const flags = (this['optional'] as number) * 0x80 + (this['transitive'] as number) * 0x40
        const expected = FLAGS[type]
        if (expected === undefined && flags < 0x80) throw new Error(`unknown well-known attribute ${type}`)
        if (expected !== undefined && expected !== flags) throw new Error(`flags of attribute ${type}`)
        return parseValue(type, bytes, context)
      }),
    )
  return new Parser().array('attributes', { type: attribute, readUntil: 'eof' }).saveOffset('end')
}

function routeGrammar(longest: number, addPath: boolean): Parser {
  const parser = addPath ? new Parser().uint32('pathId') : new Parser()
  return parser.uint8('length', { assert: (length) => Number(length) <= longest }).buffer('octets', {
    length(this: Vars) {
      return Math.ceil((this['length'] as number) / 8)
    },
    formatter(this: Vars, octets: Uint8Array) {
      const length = this['length'] as number
      if (octets.length !== Math.ceil(length / 8)) throw new Error('a prefix is cut short')
      const clean = Uint8Array.from(octets)
      if (length % 8 > 0) clean[clean.length - 1]! &= 0x100 - 2 ** (8 - (length % 8))
      return Buffer.from(clean).toString('hex')
    },
  })
}

function routeTexts(routes: { pathId?: number; length: number; octets: string }[]): OracleRoute[] {
  return routes.map(({ pathId, length, octets }) => `${pathId ?? '-'} ${length} ${octets}`)
}

function parseRoutes(bytes: Uint8Array, longest: number, addPath: boolean): OracleRoute[] {
  const parser = new Parser()
    .array('routes', { type: routeGrammar(longest, addPath), readUntil: 'eof', formatter: routeTexts })
    .saveOffset('end')
  return exactly(parser, bytes)['routes'] as OracleRoute[]
}

/** The value of an attribute as plain data; raw bytes as hex. */
function parseValue(type: number, bytes: Uint8Array, context: OracleContext): unknown {
  const asn = context.fourOctetAs ? 'uint32' : 'uint16'
  const only = (parser: Parser) => exactly(parser.saveOffset('end'), bytes)
  const positive = { assert: (value: number | string) => Number(value) > 0 }
  switch (type) {
    case 1:
      return only(new Parser().uint8('value', { assert: (value) => Number(value) <= 2 }))['value']
    case 2:
      return parsePath(bytes, context.fourOctetAs, context.internal)
    case 5:
    case 9:
      if (!context.internal) throw new Error(`attribute ${type} from an external neighbour`)
      return only(new Parser().uint32('value'))['value']
    case 3:
    case 4:
    case 35:
      return only(new Parser().uint32('value'))['value']
    case 6:
      if (bytes.length > 0) throw new Error('ATOMIC_AGGREGATE has a value')
      return true
    case 7:
      return only(new Parser()[asn]('asn', positive).uint32('address'))
    case 10:
      if (!context.internal) throw new Error('CLUSTER_LIST from an external neighbour')
      return parseList(bytes, new Parser().uint32('value'))
    case 8:
      return parseList(bytes, new Parser().uint32('value'))
    case 16:
      return parseList(bytes, new Parser().uint32('high').uint32('low'))
    case 25:
      if (bytes.length === 0 || bytes.length % 20 > 0) throw new Error('IPv6 extended communities')
      return Buffer.from(bytes).toString('hex')
    case 32:
      return parseList(bytes, new Parser().uint32('administrator').uint32('one').uint32('two'))
    case 17:
      if (context.fourOctetAs || bytes.length < 6) throw new Error('AS4_PATH')
      return parsePath(bytes, true, true).filter(({ type }) => type <= 2)
    case 18:
      if (context.fourOctetAs) throw new Error('AS4_AGGREGATOR')
      return only(new Parser().uint32('asn', positive).uint32('address'))
    case 14:
      return parseReach(bytes, context)
    case 15:
      return parseUnreach(bytes, context)
    default:
      return Buffer.from(bytes).toString('hex')
  }
}

function parseList(bytes: Uint8Array, item: Parser): unknown[] {
  if (bytes.length === 0) throw new Error('an empty list')
  const fields = exactly(
    new Parser().array('items', { type: item, readUntil: 'eof' }).saveOffset('end'),
    bytes,
  )
  return (fields['items'] as Record<string, unknown>[]).map((entry) => Object.values(entry))
}

function parsePath(
  bytes: Uint8Array,
  fourOctetAs: boolean,
  confederation: boolean,
): { type: number; asns: number[] }[] {
  const segment = new Parser()
    .uint8('type', { assert: (type) => Number(type) >= 1 && Number(type) <= (confederation ? 4 : 2) })
    .uint8('count', { assert: (count) => Number(count) > 0 })
    .array('asns', { type: fourOctetAs ? 'uint32be' : 'uint16be', length: 'count' })
  const { segments } = exactly(
    new Parser().array('segments', { type: segment, readUntil: 'eof' }).saveOffset('end'),
    bytes,
  )
  return (segments as { type: number; asns: number[] }[]).map(({ type, asns }) => {
    if (asns.includes(0)) throw new Error('AS 0')
    return { type, asns }
  })
}

const UNICAST: Readonly<Record<string, number>> = { '1/1': 32, '2/1': 128 }
const NEXT_HOPS: Readonly<Record<string, readonly number[]>> = { '1/1': [4, 16, 32], '2/1': [16, 32] }

function routesOf(family: string, bytes: Uint8Array, addPath: boolean): OracleRoute[] | string {
  const longest = UNICAST[family]
  return longest === undefined ? Buffer.from(bytes).toString('hex') : parseRoutes(bytes, longest, addPath)
}

function parseReach(bytes: Uint8Array, context: OracleContext): unknown {
  const parser = new Parser()
    .uint16('afi')
    .uint8('safi')
    .uint8('nextHopLength')
    .buffer(
      'nextHop',
      field('nextHopLength', (octets) => Buffer.from(octets).toString('hex')),
    )
    .uint8('reserved')
    .buffer('rest', { readUntil: 'eof' })
  const { afi, safi, nextHopLength, nextHop, rest } = parser.parse(bytes) as Record<string, number> & {
    nextHop: string
    rest: Uint8Array
  }
  const family = `${afi}/${safi}`
  if (NEXT_HOPS[family]?.includes(nextHopLength!) === false)
    throw new Error(`next hop of ${nextHopLength} octets`)
  return { family, nextHop, routes: routesOf(family, rest, context.addPath) }
}

function parseUnreach(bytes: Uint8Array, context: OracleContext): unknown {
  const parser = new Parser().uint16('afi').uint8('safi').buffer('rest', { readUntil: 'eof' })
  const { afi, safi, rest } = parser.parse(bytes) as { afi: number; safi: number; rest: Uint8Array }
  return { family: `${afi}/${safi}`, routes: routesOf(`${afi}/${safi}`, rest, context.addPath) }
}
