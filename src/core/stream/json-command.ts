// Commands as JSON: prefixes and addresses as text, bytes as hex.
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from '../ip/text.ts'
import type { Command, Origination } from '../speaker/contract.ts'
import { familyFromJson, familyToJson } from './json-config.ts'
import {
  JsonFieldError,
  type JsonObject,
  bytes,
  count,
  counts,
  hex,
  list,
  object,
  objects,
  oneOf,
  optional,
  parsed,
  text,
} from './json-fields.ts'

const COMMANDS = [
  'announce',
  'withdraw',
  'route-refresh',
  'end-of-rib',
  'notify',
  'disconnect',
  'send-raw',
  'stop',
] as const

export function commandToJson(command: Command): JsonObject {
  const name = command.command
  switch (name) {
    case 'announce':
      return { command: name, peer: command.peer, routes: command.routes.map(routeToJson) }
    case 'withdraw':
      return { command: name, peer: command.peer, prefixes: command.prefixes.map(formatPrefix) }
    case 'route-refresh':
    case 'end-of-rib':
      return { command: name, peer: command.peer, family: familyToJson(command.family) }
    case 'notify': {
      const { peer, code, subcode, data } = command
      return { command: name, peer, code, subcode, data: data && hex(data), text: command.text }
    }
    case 'disconnect':
      return { command: name, peer: command.peer, how: command.how }
    case 'send-raw':
      return { command: name, peer: command.peer, bytes: hex(command.bytes) }
    case 'stop':
      return { command: name, text: command.text }
  }
}

/** @throws JsonFieldError */
export function commandFromJson(json: JsonObject): Command {
  const command = oneOf(json, 'command', COMMANDS)
  switch (command) {
    case 'announce':
      return { command, ...optional(json, 'peer', text), routes: objects(json, 'routes', routeFromJson) }
    case 'withdraw':
      return {
        command,
        ...optional(json, 'peer', text),
        prefixes: list(json, 'prefixes', (element) => parsed({ prefixes: element }, 'prefixes', parsePrefix)),
      }
    case 'route-refresh':
    case 'end-of-rib':
      return { command, ...optional(json, 'peer', text), family: familyFromJson(object(json, 'family')) }
    case 'notify':
      return {
        command,
        peer: text(json, 'peer'),
        code: count(json, 'code'),
        subcode: count(json, 'subcode'),
        ...optional(json, 'data', bytes),
        ...optional(json, 'text', text),
      }
    case 'disconnect':
      return { command, peer: text(json, 'peer'), how: oneOf(json, 'how', ['fin', 'rst']) }
    case 'send-raw':
      return { command, peer: text(json, 'peer'), bytes: bytes(json, 'bytes') }
    case 'stop':
      return { command, ...optional(json, 'text', text) }
  }
}

function routeToJson(route: Origination): JsonObject {
  return {
    prefix: formatPrefix(route.prefix),
    nextHop: route.nextHop && formatAddress(route.nextHop),
    med: route.med,
    localPref: route.localPref,
    asPath: route.asPath,
    communities: route.communities,
    largeCommunities: route.largeCommunities,
  }
}

function routeFromJson(json: JsonObject): Origination {
  return {
    prefix: parsed(json, 'prefix', parsePrefix),
    ...optional(json, 'nextHop', (from, field) => parsed(from, field, parseAddress)),
    ...optional(json, 'med', count),
    ...optional(json, 'localPref', count),
    ...optional(json, 'asPath', counts),
    ...optional(json, 'communities', counts),
    ...optional(json, 'largeCommunities', (from, field) => list(from, field, largeCommunity)),
  }
}

function largeCommunity(element: unknown): readonly [number, number, number] {
  const [global, first, second, ...rest] = counts({ largeCommunities: element }, 'largeCommunities')
  if (global === undefined || first === undefined || second === undefined || rest.length > 0) {
    throw new JsonFieldError('largeCommunities', 'holds something that is not three numbers')
  }
  return [global, first, second]
}
