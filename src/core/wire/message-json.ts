// A message as plain JSON for files and people: prefixes and addresses as text, octets as hex. Derived from the bytes,
// which stand beside it wherever it is written; nothing reads it back.
import { formatAddress, formatIdentifier, formatPrefix } from '../ip/text.ts'
import type { AsPathSegment, Attributes } from './attribute-set.ts'
import { toHex } from './bytes.ts'
import { familyName } from './families.ts'
import type {
  Capability,
  Family,
  Malformation,
  Message,
  Nlri,
  Reach,
  Unreach,
  UpdateMessage,
} from './message.ts'

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonFields = { readonly [key: string]: JsonValue }

/** The fields of a message; `type` first. What is absent or undefined has no field. */
export function messageToJson(message: Message): JsonFields {
  switch (message.type) {
    case 'open':
      return {
        type: 'open',
        version: message.version,
        myAs: message.myAs,
        holdTime: message.holdTime,
        identifier: formatIdentifier(message.identifier),
        capabilities: message.capabilities.map(capabilityToJson),
        extendedParameters: message.extendedParameters,
      }
    case 'update':
      return updateToJson(message)
    case 'keepalive':
      return { type: 'keepalive' }
    case 'notification':
      return {
        type: 'notification',
        code: message.code,
        subcode: message.subcode,
        data: toHex(message.data),
      }
    case 'route-refresh':
      return { type: 'route-refresh', family: familyName(message.family), subtype: message.subtype }
  }
}

function capabilityToJson(capability: Capability): JsonValue {
  return plain(capability)
}

function updateToJson(update: UpdateMessage): JsonFields {
  const { endOfRib, malformed } = update
  return {
    type: 'update',
    ...(endOfRib === undefined ? {} : { endOfRib: familyName(endOfRib) }),
    ...(update.unreach.length === 0 ? {} : { unreach: update.unreach.map(unreachToJson) }),
    ...(update.reach.length === 0 ? {} : { reach: update.reach.map(reachToJson) }),
    attributes: attributesToJson(update.attributes.decoded),
    disposition: update.disposition,
    ...(malformed.length === 0 ? {} : { malformed: malformed.map(malformationToJson) }),
  }
}

function unreachToJson({ family, nlri, raw }: Unreach): JsonFields {
  return { family: familyName(family), nlri: nlri.map(nlriToJson), ...rawToJson(raw) }
}

function reachToJson({ family, nextHop, nextHopBytes, nlri, raw }: Reach): JsonFields {
  return {
    family: familyName(family),
    // A next hop that is not understood is there as octets alone.
    ...(nextHop === undefined
      ? { nextHopBytes: toHex(nextHopBytes) }
      : {
          nextHop: formatAddress(nextHop.global),
          ...(nextHop.linkLocal === undefined ? {} : { linkLocal: formatAddress(nextHop.linkLocal) }),
        }),
    nlri: nlri.map(nlriToJson),
    ...rawToJson(raw),
  }
}

function rawToJson(raw: Uint8Array | undefined): JsonFields {
  return raw === undefined ? {} : { raw: toHex(raw) }
}

/** "10.0.0.0/8", with its path identifier an object. */
function nlriToJson({ prefix, pathId }: Nlri): JsonValue {
  return pathId === undefined ? formatPrefix(prefix) : { pathId, prefix: formatPrefix(prefix) }
}

function malformationToJson({
  attribute,
  disposition,
  reason,
  clause,
  notification,
}: Malformation): JsonFields {
  return {
    ...(attribute === undefined ? {} : { attribute }),
    disposition,
    reason,
    clause,
    notification: notificationToJson(notification),
  }
}

function notificationToJson({ code, subcode, data }: Malformation['notification']): JsonFields {
  return { code, subcode, data: toHex(data) }
}

/** Fields whose numbers are read more easily as the field writes them; all others stay as they are. */
const READABLE: {
  readonly [Field in keyof Attributes]?: (value: NonNullable<Attributes[Field]>) => JsonValue
} = {
  asPath: pathToJson,
  as4Path: pathToJson,
  aggregator: ({ asn, address }) => ({ asn, address: formatIdentifier(address) }),
  as4Aggregator: ({ asn, address }) => ({ asn, address: formatIdentifier(address) }),
  communities: (values) => values.map((value) => `${value >>> 16}:${value & 0xffff}`),
  originatorId: formatIdentifier,
  clusterList: (values) => values.map(formatIdentifier),
  largeCommunities: (values) => values.map((value) => value.join(':')),
}

function attributesToJson(attributes: Attributes): JsonFields {
  const fields: Record<string, JsonValue> = {}
  for (const [field, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    const readable = READABLE[field as keyof Attributes] as ((value: unknown) => JsonValue) | undefined
    fields[field] = readable === undefined ? plain(value) : readable(value)
  }
  return fields
}

function pathToJson(path: readonly AsPathSegment[]): JsonValue {
  return path.map(({ type, asns }) => ({ type, asns }))
}

/** Octets as hex, families by name, all else field by field. */
function plain(value: unknown): JsonValue {
  if (value instanceof Uint8Array) return toHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value as JsonValue
  if (isFamily(value)) return familyName(value)
  const fields: Record<string, JsonValue> = {}
  for (const [field, one] of Object.entries(value)) if (one !== undefined) fields[field] = plain(one)
  return fields
}

function isFamily(value: object): value is Family {
  return Object.keys(value).length === 2 && 'afi' in value && 'safi' in value
}
