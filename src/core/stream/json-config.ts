// The speaker's configuration as JSON. Fields are named one by one, so that nothing else can slip into a trace.
import { formatIdentifier, formatPrefix, parseIdentifier, parsePrefix } from '../ip/text.ts'
import type { DialConfig, GracefulRestartConfig, PeerRange, SpeakerConfig } from '../speaker/contract.ts'
import type { Family } from '../wire/message.ts'
import {
  type JsonObject,
  count,
  flag,
  object,
  objects,
  oneOf,
  optional,
  parsed,
  text,
} from './json-fields.ts'

/** Prefixes and the BGP identifier become text; what is undefined is left out. */
export function configToJson(config: SpeakerConfig): JsonObject {
  return {
    asn: config.asn,
    identifier: formatIdentifier(config.identifier),
    peers: config.peers.map(rangeToJson),
  }
}

/** @throws JsonFieldError */
export function configFromJson(json: JsonObject): SpeakerConfig {
  return {
    asn: count(json, 'asn'),
    identifier: parsed(json, 'identifier', parseIdentifier),
    peers: objects(json, 'peers', rangeFromJson),
  }
}

export function familyToJson(family: Family): JsonObject {
  return { afi: family.afi, safi: family.safi }
}

export function familyFromJson(json: JsonObject): Family {
  return { afi: count(json, 'afi'), safi: count(json, 'safi') }
}

function rangeToJson(range: PeerRange): JsonObject {
  return {
    from: formatPrefix(range.from),
    asn: range.asn,
    holdTime: range.holdTime,
    gracefulRestart: range.gracefulRestart && gracefulRestartToJson(range.gracefulRestart),
    families: range.families.map(familyToJson),
    extendedNextHop: range.extendedNextHop,
    extendedMessages: range.extendedMessages,
    enhancedRouteRefresh: range.enhancedRouteRefresh,
    addPath: range.addPath,
    extendedParameters: range.extendedParameters,
    maxPrefixes: range.maxPrefixes,
    onSilence: range.onSilence,
    dial: range.dial && dialToJson(range.dial),
  }
}

function rangeFromJson(json: JsonObject): PeerRange {
  return {
    from: parsed(json, 'from', parsePrefix),
    asn: json['asn'] === undefined ? undefined : count(json, 'asn'),
    holdTime: count(json, 'holdTime'),
    gracefulRestart:
      json['gracefulRestart'] === undefined
        ? undefined
        : gracefulRestartFromJson(object(json, 'gracefulRestart')),
    families: objects(json, 'families', familyFromJson),
    extendedNextHop: flag(json, 'extendedNextHop'),
    extendedMessages: flag(json, 'extendedMessages'),
    enhancedRouteRefresh: flag(json, 'enhancedRouteRefresh'),
    ...optional(json, 'addPath', (from, field) => oneOf(from, field, ['receive'])),
    ...optional(json, 'extendedParameters', flag),
    ...optional(json, 'maxPrefixes', count),
    onSilence: oneOf(json, 'onSilence', ['report', 'refresh']),
    ...optional(json, 'dial', (from, field) => dialFromJson(object(from, field))),
  }
}

function dialToJson(dial: DialConfig): JsonObject {
  const { address, port, localAddress, connectRetry, accept, damping } = dial
  return { address, port, localAddress, connectRetry, accept, damping }
}

function dialFromJson(json: JsonObject): DialConfig {
  return {
    ...endpointFromJson(json),
    ...optional(json, 'localAddress', text),
    connectRetry: count(json, 'connectRetry'),
    accept: flag(json, 'accept'),
    ...optional(json, 'damping', flag),
  }
}

function gracefulRestartToJson(config: GracefulRestartConfig): JsonObject {
  const { time, notification, staleTime } = config
  return { time, notification, families: config.families.map(familyToJson), staleTime }
}

function gracefulRestartFromJson(json: JsonObject): GracefulRestartConfig {
  return {
    time: count(json, 'time'),
    notification: flag(json, 'notification'),
    families: objects(json, 'families', familyFromJson),
    staleTime: count(json, 'staleTime'),
  }
}

export function endpointFromJson(json: JsonObject): { readonly address: string; readonly port: number } {
  return { address: text(json, 'address'), port: count(json, 'port') }
}
