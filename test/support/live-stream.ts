// A router on paper: it makes a stream, records each event and only then understands it, as the real one does.
import { parsePrefix } from '../../src/core/ip/text.ts'
import type { Disconnect } from '../../src/core/session/cause.ts'
import type { Micros, SpeakerConfig } from '../../src/core/speaker/contract.ts'
import type { ClusterObject, EventBody, StreamEvent } from '../../src/core/stream/events.ts'
import { World, type Applied } from '../../src/core/stream/world.ts'
import { config, RANGE, START, views } from './speaker-bench.ts'
import { message } from './hex.ts'

/** Captured from Cilium 1.20.2: node master3 opens, sends its PodCIDR and a Service address, and is done. */
export const CILIUM = {
  open: message(
    '004a0104fc000009c0a84d0d2d022b02004909076d61737465723300060001040001000141040000fc004006403c000101000506000100010002',
  ),
  keepalive: message('001304'),
  service: message('0037020000001b4001010040020602010000fc004003047f00000dc00804fc0000c8200a630000'),
  podCidr: message('0036020000001b4001010040020602010000fc004003047f00000dc00804fc000064180a0574'),
  endOfRib: message('00170200000000'),
  /** fd00:10:244:3::/64 */
  podCidr6: message(
    '004c02000000354001010040020602010000fc00c00804fc000064800e1e0002011000000000000000000000ffff7f00000e0040fd00001002440003',
  ),
  /** Node node01 over an IPv6 session. */
  open6: message(
    '00470104fc000009c0a84d0e2a022802004908066e6f6465303100060001040001000101040002000141040000fc000506000100010002',
  ),
  reset: message('0015030606'),
}

export const CONFIG: SpeakerConfig = config(
  {},
  { peers: [RANGE, { ...RANGE, from: parsePrefix('fd00::/8'), asn: 64512 }] },
)

export function ciliumNode(name: string, ...podCidrs: string[]): ClusterObject {
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNode',
    metadata: { name, uid: `uid-${name}`, labels: { zone: 'ü' } },
    spec: { ipam: { podCIDRs: podCidrs } },
  }
}

export class LiveStream {
  readonly world: World
  readonly events: StreamEvent[] = []
  now: Micros = START
  /** Gets each event before it is applied. */
  sink: (event: StreamEvent) => void = () => undefined
  /** Sees the state after each event. */
  after: (event: StreamEvent, world: World, applied: Applied) => void = () => undefined
  #seq: number

  constructor(options: { readonly config?: SpeakerConfig; readonly firstSeq?: number } = {}) {
    this.world = new World(options.config ?? CONFIG)
    this.#seq = (options.firstSeq ?? 1) - 1
  }

  take(body: EventBody): void {
    this.now += 1_234
    const event: StreamEvent = { ...body, seq: ++this.#seq, at: this.now }
    this.events.push(event)
    this.sink(event)
    const applied = this.world.apply(event)
    this.after(event, this.world, applied)
    for (const effect of applied.effects) {
      if (effect.do === 'send') this.#message(effect.session, 'out', effect.bytes)
      if (effect.do === 'close') this.close(effect.session, 'closed-by-us')
    }
  }

  start(): void {
    this.take({
      type: 'started',
      version: '0.1.0',
      config: this.world.config,
      settle: 15_000_000,
      listeners: ['127.0.0.1:1790'],
    })
  }

  connect(session: number, address = '127.0.0.13'): void {
    const local = address.includes(':') ? 'fd00::1' : '127.0.0.1'
    this.take({
      type: 'session-opened',
      session,
      listener: '127.0.0.1:1790',
      local: { address: local, port: 1790 },
      remote: { address, port: 40_000 + (session % 20_000) },
    })
  }

  receive(session: number, ...messages: readonly Uint8Array[]): void {
    for (const bytes of messages) this.#message(session, 'in', bytes)
  }

  close(session: number, how: Disconnect = 'fin'): void {
    this.take({ type: 'session-closed', session, how })
  }

  mark(name: string): void {
    this.take({ type: 'mark', name })
  }

  #message(session: number, direction: 'in' | 'out', bytes: Uint8Array): void {
    const view = this.world.speaker.session(session)
    const open = view?.received
    const fourOctetAs = open === undefined || view?.fourOctetAs === true
    const peerAsn = open === undefined ? 0 : 64512
    this.take({ type: 'message', session, direction, bytes, fourOctetAs, addPath: false, peerAsn })
  }
}

/** Two nodes come, one of them over IPv6; routes, marks and objects come and go; one node leaves and returns. */
export function play(live: LiveStream): void {
  live.start()
  live.take({ type: 'resource', resource: 'ciliumnodes', state: 'synced' })
  live.take({ type: 'object', action: 'set', object: ciliumNode('master3', '10.5.116.0/24') })
  live.connect(1)
  live.receive(1, CILIUM.open, CILIUM.keepalive, CILIUM.service)
  live.mark('first')
  live.receive(1, CILIUM.podCidr, CILIUM.endOfRib)
  live.connect(65_538, 'fd00::14')
  live.receive(65_538, CILIUM.open6, CILIUM.keepalive, CILIUM.podCidr6)
  live.take({ type: 'object', action: 'set', object: ciliumNode('node01', 'fd00:10:244:3::/64') })
  live.mark('both')
  live.take({
    type: 'command',
    command: 'announce',
    routes: [{ prefix: parsePrefix('192.0.2.0/24'), med: 7 }],
  })
  live.take({ type: 'unframed', session: 1, subcode: 2, bytes: new Uint8Array([1, 2, 3]) })
  live.mark('after garbage')
  live.connect(3)
  live.receive(3, CILIUM.open, CILIUM.keepalive, CILIUM.podCidr)
  live.take({ type: 'object', action: 'deleted', object: ciliumNode('node01') })
  live.receive(65_538, CILIUM.reset)
  live.mark('first')
  live.take({ type: 'timer', key: { of: 'check', timer: 'settle' } })
  live.take({ type: 'finding', action: 'opened', finding: { code: 'missing', prefix: 'fd00:10:244:3::/64' } })
  live.close(3)
  live.mark('stale')
  live.now += 60_000_000
  live.take({
    type: 'timer',
    key: { of: 'peer', peer: '127.0.0.1:1790 64512 192.168.77.13', timer: 'restart' },
  })
  live.mark('end')
  live.take({ type: 'stopped', reason: 'the test is over' })
}

/** All that can be seen of a world, in comparable form. */
export function seen(world: World): unknown {
  return {
    speaker: views(world.speaker),
    objects: world.objects.all(),
    resources: Object.fromEntries(world.resources),
    marks: world.marks.list(),
    known: world.known,
    seq: world.lastEvent.seq,
  }
}
