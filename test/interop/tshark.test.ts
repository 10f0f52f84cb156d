// The corpus as a capture that `convert` wrote, taken apart by tshark: a dissector that knows nothing of our codec.
import { expect, test } from 'vitest'
import { formatAddress, formatIdentifier, formatPrefix } from '../../src/core/ip/text.ts'
import { isUnicast } from '../../src/core/wire/families.ts'
import type { Message, Nlri, UpdateMessage } from '../../src/core/wire/message.ts'
import { at, converted, fileOf, linesOf, wireMessage } from '../support/convert-files.ts'
import { output } from '../support/daemon.ts'
import { bytesOf, corpus, decoded, type Vector } from '../support/vectors.ts'

const version = await output('tshark', ['--version']).then(
  (text) => text.split('\n', 1)[0],
  () => undefined,
)

/** Vectors of which tshark 4.0 thinks otherwise, and why it is not right. */
const OTHERWISE: ReadonlyMap<string, string> = new Map([
  ['extended optional parameters, one capability', 'does not know RFC 9072'],
  ['extended optional parameters with 300 octets of capabilities', 'does not know RFC 9072'],
  [
    'extended optional parameters, one-octet length ignored when the first type is 255',
    'does not know RFC 9072',
  ],
  [
    'route refresh with a value, which it has not: kept as raw octets',
    'takes the value for another capability',
  ],
  ['MP_REACH_NLRI, reserved octet set: ignored on receipt', 'takes it for a number of SNPAs (RFC 2858)'],
  ['IPv4 VPN stays raw', 'reads VPN routes, which we keep as octets'],
  ['IPv4 multicast stays raw', 'reads multicast routes, which we keep as octets'],
  ['EVPN withdrawn stays raw', 'reads EVPN, which these octets are not'],
])

type Json = string | readonly Json[] | { readonly [key: string]: Json }

/** The values of a field, wherever it stands. */
function fieldsOf(json: Json, field: string): string[] {
  if (typeof json === 'string') return []
  if (Array.isArray(json)) return json.flatMap((one: Json) => fieldsOf(one, field))
  return Object.entries(json).flatMap(([key, value]: [string, Json]) =>
    key === field ? [value].flat().map(String) : fieldsOf(value, field),
  )
}

/** "10.0.0.0/8" for each prefix in the fields of this name. */
function prefixesOf(json: Json, ...names: string[]): string[] {
  if (typeof json === 'string') return []
  if (Array.isArray(json)) return json.flatMap((one: Json) => prefixesOf(one, ...names))
  const name = names.find((one) => one in json)
  const here = json as { readonly [key: string]: string }
  if (name !== undefined) return [`${here[name]}/${here['bgp.prefix_length']}`]
  return Object.values(here).flatMap((one) => prefixesOf(one, ...names))
}

const ATTRIBUTE = 'bgp.update.path_attribute.'

const NEXT_HOPS = ['next_hop', 'mp_reach_nlri.next_hop.ipv4', 'mp_reach_nlri.next_hop.ipv6'].map(
  (name) => `${ATTRIBUTE}${name}`,
)
const SUBCODES = ['', '_open', '_update', '_expired', '_state', '_cease', '_capability', '_unknown'].map(
  (kind) => `bgp.notify.minor_error${kind}`,
)

/** What tshark says, in the terms of `ours`. */
function theirs(json: Json, message: Message): unknown {
  const of = (field: string): string[] => fieldsOf(json, field)
  const number = (field: string): number | undefined =>
    of(field)[0] === undefined ? undefined : Number(of(field)[0])
  switch (message.type) {
    case 'open':
      return {
        version: number('bgp.open.version'),
        myAs: number('bgp.open.myas'),
        holdTime: number('bgp.open.holdtime'),
        identifier: of('bgp.open.identifier')[0],
        capabilities: of('bgp.cap.type').map(Number),
      }
    case 'notification':
      return { code: number('bgp.notify.major_error'), subcode: Number(SUBCODES.flatMap(of)[0]) }
    case 'route-refresh':
      return { afi: number('bgp.route_refresh.afi'), safi: number('bgp.route_refresh.safi') }
    case 'keepalive':
      return { length: number('bgp.length') }
    case 'update':
      return {
        withdrawn: prefixesOf(
          json,
          'bgp.withdrawn_prefix',
          'bgp.mp_unreach_nlri_ipv6_prefix',
          'bgp.mp_unreach_nlri_ipv4_prefix',
        ).sort(),
        announced: prefixesOf(
          json,
          'bgp.nlri_prefix',
          'bgp.mp_reach_nlri_ipv6_prefix',
          'bgp.mp_reach_nlri_ipv4_prefix',
        ).sort(),
        origin: number(`${ATTRIBUTE}origin`),
        asns: [...of(`${ATTRIBUTE}as_path_segment.as2`), ...of(`${ATTRIBUTE}as_path_segment.as4`)].map(
          Number,
        ),
        med: number(`${ATTRIBUTE}multi_exit_disc`),
        localPref: number(`${ATTRIBUTE}local_pref`),
        nextHops: globals(message).filter((one) => NEXT_HOPS.flatMap(of).includes(one)),
        originatorId: of(`${ATTRIBUTE}originator_id`)[0],
        largeCommunities: of('bgp.large_communities.ga').map(Number),
      }
  }
}

function ours(message: Message, length: number): unknown {
  switch (message.type) {
    case 'open': {
      const { version, myAs, holdTime, identifier, capabilities } = message
      return {
        version,
        myAs,
        holdTime,
        identifier: formatIdentifier(identifier),
        capabilities: capabilities.map((one) => (one.code === 'raw' ? one.rawCode : one.code)),
      }
    }
    case 'notification':
      return { code: message.code, subcode: message.subcode }
    case 'route-refresh':
      return message.family
    case 'keepalive':
      return { length }
    case 'update': {
      const {
        origin,
        asPath = [],
        as4Path = [],
        med,
        localPref,
        originatorId,
        largeCommunities = [],
      } = message.attributes.decoded
      return {
        withdrawn: routes(message.unreach),
        announced: routes(message.reach),
        origin,
        asns: [...asPath, ...as4Path].flatMap(({ asns }) => asns),
        med,
        localPref,
        nextHops: globals(message),
        originatorId: originatorId === undefined ? undefined : formatIdentifier(originatorId),
        largeCommunities: largeCommunities.map(([administrator]) => administrator),
      }
    }
  }
}

/** Global next hops of unicast routes. */
function globals({ reach }: UpdateMessage): string[] {
  return reach
    .filter(({ family }) => isUnicast(family))
    .flatMap(({ nextHop }) => (nextHop === undefined ? [] : [formatAddress(nextHop.global)]))
}

function routes(entries: UpdateMessage['reach'] | UpdateMessage['unreach']): string[] {
  return entries
    .filter(({ family }) => isUnicast(family))
    .flatMap(({ nlri }): readonly Nlri[] => nlri)
    .map(({ prefix }) => formatPrefix(prefix))
    .sort()
}

/** What can be asked: clean messages whose octets tell all that tshark needs, which is no OPENs. */
function askable(fourOctetAs: boolean): Vector[] {
  return corpus()
    .flatMap(({ vectors }) => vectors)
    .filter(({ name, context, outcome }) => {
      const { addPath, families, maxLength } = context
      const plain = addPath === undefined && families === undefined && maxLength === undefined
      return (
        outcome === undefined &&
        plain &&
        (context.fourOctetAs ?? true) === fourOctetAs &&
        !OTHERWISE.has(name)
      )
    })
}

async function dissected(vectors: readonly Vector[], asnLength: 2 | 4): Promise<Json[]> {
  const events = vectors.map((vector, index) =>
    wireMessage({ bytes: bytesOf(vector), session: index + 1, at: at(index), fourOctetAs: asnLength === 4 }),
  )
  const { bytes } = await converted(linesOf(events), 'pcapng')
  const file = fileOf(bytes, 'corpus.pcapng')
  const args = [
    '-o',
    `bgp.asn_len:${asnLength === 2 ? '2 octet' : '4 octet'}`,
    '-o',
    'tcp.check_checksum:TRUE',
  ]
  const text = await output('tshark', ['-r', file, ...args, '-Y', 'bgp', '-T', 'json', '--no-duplicate-keys'])
  return (JSON.parse(text) as { readonly _source: { readonly layers: Json } }[]).map(
    ({ _source }) => _source.layers,
  )
}

if (version === undefined) {
  test('tshark finds in the capture what we decode', (context) => {
    context.skip('no tshark: apt-get install tshark')
  })
} else {
  test.each([4, 2] as const)(
    `${version} finds in the capture what we decode, with AS numbers of %i octets`,
    { timeout: 60_000 },
    async (asnLength) => {
      const vectors = askable(asnLength === 4)
      const frames = await dissected(vectors, asnLength)
      expect(frames).toHaveLength(vectors.length)
      let guessed = 0
      for (const [index, vector] of vectors.entries()) {
        const json = frames[index]!
        const message = decoded(vector)!
        expect(fieldsOf(json, 'tcp.checksum.status'), vector.name).toEqual(['1'])
        expect(fieldsOf(json, 'bgp.type'), vector.name).toEqual([String(bytesOf(vector)[18])])
        // Without OPENs it guesses whether there are path identifiers, and is wrong about default routes and short prefixes.
        if (fieldsOf(json, 'bgp.nlri_path_id').length > 0) {
          guessed++
          continue
        }
        expect(fieldsOf(json, '_ws.malformed'), vector.name).toEqual([])
        expect(theirs(json, message), vector.name).toEqual(ours(message, bytesOf(vector).length))
      }
      expect(guessed).toBeLessThan(vectors.length / 10)
    },
  )
}
