// What is thrown: iteration N of a seed is always the same connections with the same octets.
import { keepalive, open } from '../../test/support/speaker-messages.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type Capability } from '../../src/core/wire/message.ts'
import { STRANGERS, type Material } from './material.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'

export interface Step {
  readonly bytes: Uint8Array
  /** Written in pieces of so many octets, each a segment of its own. */
  readonly piece?: number
}

export interface ThrownConnection {
  /** Source address. */
  readonly from: string
  readonly steps: readonly Step[]
  /** 'fin' and 'rst' behind the last octet; 'wait' leaves it open and unread for a while. */
  readonly end: 'fin' | 'rst' | 'wait'
}

export interface Throw {
  readonly iteration: number
  readonly kind: string
  /** All open at once. */
  readonly connections: readonly ThrownConnection[]
}

/** Where attackers come from, and the AS number that they have to have there: see `settings` in ./target.ts. */
const SOURCES = [
  { from: '127.0.1.', asns: [64700, 64512, 64701, 4_200_000_000] },
  { from: '127.0.2.', asns: [64700, 4_200_000_000] },
  { from: '127.0.3.', asns: [64512] },
] as const
const FLOOD = 150
const FAMILIES = [[IPV4_UNICAST], [IPV4_UNICAST, IPV6_UNICAST], [IPV6_UNICAST], []] as const

type Make = (random: Random, material: Material) => readonly ThrownConnection[]

const KINDS: readonly { readonly kind: string; readonly weight: number; readonly make: Make }[] = [
  { kind: 'updates', weight: 40, make: (random, material) => [session(random, material.updates)] },
  { kind: 'messages', weight: 15, make: (random, material) => [session(random, material.all)] },
  {
    kind: 'open',
    weight: 15,
    make: (random, material) => [
      connection(random, [
        { bytes: mutate(random.pick(material.opens), random, random.pick(material.all)) },
        { bytes: keepalive },
        { bytes: random.pick(material.updates) },
      ]),
    ],
  },
  {
    kind: 'strange',
    weight: 8,
    make: (random) => [
      connection(random, [
        { bytes: random.chance(0.5) ? random.pick(STRANGERS) : random.bytes(random.below(5000)) },
      ]),
    ],
  },
  {
    kind: 'slow',
    weight: 8,
    make: (random, material) => {
      const slow = session(random, material.updates, 2)
      const steps = slow.steps.map((step) =>
        step.bytes.length < 400 ? { ...step, piece: 1 } : { ...step, piece: 97 },
      )
      return [{ ...slow, steps }]
    },
  },
  {
    kind: 'half',
    weight: 10,
    make: (random, material) => {
      const whole = session(random, material.all, 3)
      const last = random.pick(material.all)
      const half = { bytes: last.subarray(0, 1 + random.below(last.length)) }
      return [{ ...whole, steps: [...whole.steps, half], end: random.pick(['rst', 'fin', 'wait'] as const) }]
    },
  },
  {
    kind: 'twice',
    weight: 3,
    // The same peer on several connections at once.
    make: (random, material) => {
      const one = session(random, material.updates, 3)
      return Array.from({ length: 2 + random.below(4) }, () => ({
        ...one,
        end: random.pick(['fin', 'rst', 'wait']),
      }))
    },
  },
  {
    kind: 'flood',
    weight: 1,
    make: (random, material) => {
      const { from } = connection(random, [])
      return Array.from({ length: FLOOD }, () => ({
        from,
        steps: random.chance(0.3) ? [] : [{ bytes: mutate(random.pick(material.opens), random, keepalive) }],
        end: random.pick(['fin', 'rst', 'wait'] as const),
      }))
    },
  },
]
const TOTAL = KINDS.reduce((sum, { weight }) => sum + weight, 0)

/** What iteration `iteration` throws; a pure function of its arguments. */
export function throwOf(seed: number, iteration: number, material: Material): Throw {
  const random = new Random(seed, iteration)
  let at = random.below(TOTAL)
  for (const { kind, weight, make } of KINDS) {
    if (at < weight) return { iteration, kind, connections: make(random, material) }
    at -= weight
  }
  throw new Error('the weights do not sum up')
}

/** All octets of a connection. */
export function bytesThrown({ steps }: ThrownConnection): Uint8Array {
  return Buffer.concat(steps.map(({ bytes }) => bytes))
}

function connection(
  random: Random,
  steps: readonly Step[],
  prefix: string = random.pick(SOURCES).from,
): ThrownConnection {
  return { from: `${prefix}${1 + random.below(40)}`, steps, end: random.pick(['fin', 'fin', 'rst', 'wait']) }
}

/** OPEN, KEEPALIVE, and messages of which most are spoilt. */
function session(random: Random, messages: readonly Uint8Array[], most = 12): ThrownConnection {
  const source = random.pick(SOURCES)
  const first = open({
    asn: random.pick(source.asns),
    identifier: `198.18.${random.below(4)}.${1 + random.below(60)}`,
    holdTime: random.pick([0, 3, 9, 90, 65_535]),
    families: random.pick(FAMILIES),
    ...(random.chance(0.5)
      ? {
          gracefulRestart: {
            time: random.pick([0, 1, 5, 120]),
            forwarding: random.chance(0.5),
            families: random.pick(FAMILIES),
            restarting: random.chance(0.3),
            notification: random.chance(0.5),
          },
        }
      : {}),
    extra: extras(random),
  })
  const steps = Array.from({ length: 1 + random.below(most) }, () => {
    const message = random.pick(messages)
    return { bytes: random.chance(0.75) ? mutate(message, random, random.pick(messages)) : message }
  })
  return connection(random, [{ bytes: first }, { bytes: keepalive }, ...steps], source.from)
}

function extras(random: Random): Capability[] {
  const extra: Capability[] = []
  if (random.chance(0.5)) extra.push({ code: 2 })
  if (random.chance(0.3)) extra.push({ code: 6 })
  if (random.chance(0.3)) extra.push({ code: 70 })
  if (random.chance(0.3))
    extra.push({
      code: 69,
      entries: [IPV4_UNICAST, IPV6_UNICAST].map((family) => ({ family, direction: 1 + random.below(3) })),
    })
  return extra
}
