// OPEN (RFC 4271 §4.2): optional parameters in both encodings (RFC 9072), capabilities (RFC 5492).
import { BgpError } from '../errors/bgp-error.ts'
import { AS_TRANS } from './attributes/as-path.ts'
import { setBytes, setU16, setU32 } from './bytes.ts'
import { decodeCapability, encodeCapability } from './capabilities/table.ts'
import type { CapabilityOf } from './capabilities/row.ts'
import { HEADER_LENGTH, MAX_LENGTH, startMessage, TYPE_OPEN } from './framing.ts'
import { grammar, grammarWithRest, Parser, sized, type Grammar } from './grammar.ts'
import type { Capability, OpenMessage } from './message.ts'

export const BGP_VERSION = 4
const CAPABILITIES_PARAMETER = 2
/** First parameter type of the extended encoding (RFC 9072 §2). */
const EXTENDED = 255

interface Tlv {
  readonly type: number
  readonly value: Uint8Array
}

interface Fixed {
  readonly version: number
  readonly myAs: number
  readonly holdTime: number
  readonly identifier: number
  readonly parametersLength: number
  readonly parameters: Uint8Array
}

const fixed = grammarWithRest(
  new Parser()
    .uint8('version')
    .uint16('myAs')
    .uint16('holdTime')
    .uint32('identifier')
    .uint8('parametersLength'),
  (
    { version, myAs, holdTime, identifier, parametersLength }: Omit<Fixed, 'parameters'>,
    parameters,
  ): Fixed => ({
    version,
    myAs,
    holdTime,
    identifier,
    parametersLength,
    parameters,
  }),
)

const extendedParameters = grammar(
  new Parser().uint8('mark').uint16('size').buffer('parameters', sized('size')),
  ({ parameters }: { parameters: Uint8Array }) => parameters,
)

/** A list of type, length and value, where `field` reads the length. */
function tlvs(field: 'uint8' | 'uint16'): Grammar<Tlv[]> {
  const entry = new Parser().uint8('type')[field]('size').buffer('value', sized('size'))
  return grammar(
    new Parser().array('entries', { type: entry, readUntil: 'eof' }),
    ({ entries }: { entries: Tlv[] }) => entries.map(({ type, value }) => ({ type, value })),
  )
}

const shortList = tlvs('uint8')
const longList = tlvs('uint16')

/**
 * Decodes the body of an OPEN, without the header.
 * @throws BgpError 2/0, 2/1, 2/4. What the fields say is judged by `openProblem`.
 */
export function decodeOpen(body: Uint8Array): OpenMessage {
  const fields = fixed(body)
  if (fields === undefined) throw new BgpError('BGP_ERR_OPEN_MALFORMED')
  const { version, myAs, holdTime, identifier, parametersLength, parameters } = fields
  // Another version may look quite different behind its first octet.
  if (version !== BGP_VERSION)
    throw new BgpError('BGP_ERR_OPEN_VERSION', String(version), new Uint8Array([0, BGP_VERSION]))
  const extended = parametersLength > 0 && parameters[0] === EXTENDED
  const list = extended ? extendedList(parameters) : plainList(parameters, parametersLength)
  return {
    type: 'open',
    version,
    myAs,
    holdTime,
    identifier,
    capabilities: list.flatMap(capabilitiesOf),
    extendedParameters: extended,
  }
}

function plainList(parameters: Uint8Array, length: number): Tlv[] {
  const list = parameters.length === length ? shortList(parameters) : undefined
  if (list === undefined)
    throw new BgpError('BGP_ERR_OPEN_MALFORMED', `optional parameters of ${length} octets do not fit`)
  return list
}

function extendedList(parameters: Uint8Array): Tlv[] {
  const inner = extendedParameters(parameters)
  const list = inner && longList(inner)
  if (list === undefined)
    throw new BgpError('BGP_ERR_OPEN_MALFORMED', 'extended optional parameters', undefined, 'RFC 9072 §2')
  return list
}

function capabilitiesOf({ type, value }: Tlv): Capability[] {
  if (type !== CAPABILITIES_PARAMETER) throw new BgpError('BGP_ERR_OPEN_PARAMETER', `type ${type}`)
  const list = shortList(value)
  if (list === undefined)
    throw new BgpError('BGP_ERR_OPEN_MALFORMED', 'capabilities', undefined, 'RFC 5492 §4')
  return list.map((entry) => decodeCapability(entry.type, entry.value))
}

/** What makes an OPEN unacceptable whoever sends it: AS, hold time, identifier (RFC 4271 §6.2, RFC 6286, RFC 7607). */
export function openProblem(open: OpenMessage): BgpError | undefined {
  const asn = openAsn(open)
  if (asn === 0 || open.myAs === 0)
    return new BgpError('BGP_ERR_OPEN_PEER_AS', 'AS 0', undefined, 'RFC 7607 §2')
  if (asn === AS_TRANS) return new BgpError('BGP_ERR_OPEN_PEER_AS', 'AS_TRANS', undefined, 'RFC 6793 §9')
  if (open.holdTime === 1 || open.holdTime === 2)
    return new BgpError('BGP_ERR_OPEN_HOLD_TIME', `${open.holdTime} s`)
  if (open.identifier === 0)
    return new BgpError('BGP_ERR_OPEN_IDENTIFIER', '0.0.0.0', undefined, 'RFC 6286 §2.1')
  return undefined
}

/**
 * Encodes an OPEN, header included: all capabilities in one parameter, none when there are none. The extended encoding
 * is used when asked for or when the length needs it (RFC 9072 §2).
 * @throws RangeError when a capability exceeds 255 octets or the message 4096
 */
export function encodeOpen(open: OpenMessage): Uint8Array {
  const capabilities = encodeCapabilities(open.capabilities)
  const plain = capabilities.length === 0 ? 0 : capabilities.length + 2
  const extended = open.extendedParameters || plain > 255
  const parameters = extended ? 3 + (plain === 0 ? 0 : plain + 1) : plain
  const length = HEADER_LENGTH + 10 + parameters
  if (length > MAX_LENGTH) throw new RangeError(`an OPEN of ${length} octets exceeds ${MAX_LENGTH}`)
  const out = startMessage(TYPE_OPEN, length)
  out[HEADER_LENGTH] = open.version
  let at = setU16(out, open.myAs, HEADER_LENGTH + 1)
  at = setU16(out, open.holdTime, at)
  at = setU32(out, open.identifier, at)
  out[at++] = extended ? EXTENDED : parameters
  if (extended) {
    out[at++] = EXTENDED
    at = setU16(out, parameters - 3, at)
  }
  if (plain === 0) return out
  out[at++] = CAPABILITIES_PARAMETER
  if (extended) at = setU16(out, capabilities.length, at)
  else out[at++] = capabilities.length
  setBytes(out, capabilities, at)
  return out
}

function encodeCapabilities(capabilities: readonly Capability[]): Uint8Array {
  const entries = capabilities.map(encodeCapability)
  const out = new Uint8Array(entries.reduce((sum, { value }) => sum + 2 + value.length, 0))
  let at = 0
  for (const { code, value } of entries) {
    if (value.length > 255)
      throw new RangeError(`capability ${code} has ${value.length} octets, more than 255`)
    out[at] = code
    out[at + 1] = value.length
    at = setBytes(out, value, at + 2)
  }
  return out
}

/** The AS number that counts: capability 65's where there is one (RFC 6793 §4.1). */
export function openAsn(open: OpenMessage): number {
  return capability(open, 65)?.asn ?? open.myAs
}

/** The My Autonomous System field for an AS number (RFC 6793 §4.1). */
export function myAsField(asn: number): number {
  return asn > 0xffff ? AS_TRANS : asn
}

/** The first capability of a code. */
export function capability<Code extends Capability['code']>(
  open: OpenMessage,
  code: Code,
): CapabilityOf<Code> | undefined {
  return capabilities(open, code)[0]
}

/** All capabilities of a code; several are normal for multiprotocol. */
export function capabilities<Code extends Capability['code']>(
  open: OpenMessage,
  code: Code,
): CapabilityOf<Code>[] {
  return open.capabilities.filter((one): one is CapabilityOf<Code> => one.code === code)
}
