// A node of the demo: a BGP speaker over real TCP that announces what its Node object says, as Cilium's MetalLB-mode
// speaker did before 1.12. It learns the object from the API server by list and watch, and withdraws when it goes.
import { get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { parseAddress, parseIdentifier, parsePrefix } from '../core/ip/text.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import { DEFAULT_CONTEXT, decodeMessage, encodeMessage } from '../core/wire/codec.ts'
import { IPV4_UNICAST, IPV6_UNICAST, type Capability, type CodecContext } from '../core/wire/message.ts'
import { encodeEndOfRib, encodeUpdate } from '../core/wire/update-encode.ts'
import { Framer } from '../net/framer.ts'

export interface SimulatedNodeOptions {
  readonly name: string
  readonly asn: number
  /** Router-id, dotted quad: the node's InternalIP. */
  readonly identifier: string
  /** Loopback address to dial from. Where the machine has it not, the system chooses. */
  readonly source: string
  readonly router: { readonly address: string; readonly port: number }
  /** Base URL of the API server. */
  readonly api: string
  /** Graceful restart (RFC 4724): seconds that its routes may outlive a session. Left out: none, as Cilium 1.11. */
  readonly restartTime?: number | undefined
  /** It comes back from a restart and kept its forwarding state. */
  readonly restarted?: boolean | undefined
}

/** Seconds; what Cilium 1.11 offered. */
const HOLD_TIME = 90
const KEEPALIVE_MS = (HOLD_TIME / 3) * 1000

interface NodeObject {
  readonly metadata: { readonly name: string }
  readonly spec?: { readonly podCIDRs?: readonly string[] }
}

interface WatchEvent {
  readonly type: string
  readonly object: NodeObject
}

const CONTEXT: CodecContext = { ...DEFAULT_CONTEXT, fourOctetAs: true, internal: false }

const FAMILIES = [IPV4_UNICAST, IPV6_UNICAST]

/** The capability, with the F bit of every family: packets go on being forwarded while the speaker restarts. */
const gracefulRestart = (time: number, restarting: boolean): Capability => ({
  code: 64,
  restarting,
  notification: false,
  time,
  families: FAMILIES.map((family) => ({ family, forwarding: true })),
})

/** One node. */
export class SimulatedNode {
  readonly #options: SimulatedNodeOptions
  #socket: Socket | undefined
  #watch: IncomingMessage | undefined
  #keepalive: NodeJS.Timeout | undefined
  #announced = new Map<string, Prefix>()

  constructor(options: SimulatedNodeOptions) {
    this.#options = options
  }

  /** Resolves when the session is Established and the object is watched. Rejects when the router cannot be reached or refuses. */
  async start(): Promise<void> {
    const socket = await this.#dial()
    this.#socket = socket
    await this.#establish(socket)
    await this.#followObject()
    if (this.#options.restartTime !== undefined)
      for (const family of FAMILIES) socket.write(encodeEndOfRib(family))
  }

  /** Ends as Cilium 1.11 does: a plain close, no NOTIFICATION. */
  stop(): void {
    clearInterval(this.#keepalive)
    this.#watch?.destroy()
    this.#socket?.end()
  }

  #dial(): Promise<Socket> {
    const { router, source } = this.#options
    const attempt = (localAddress: string | undefined): Promise<Socket> =>
      new Promise((resolve, reject) => {
        const socket = connect({
          host: router.address,
          port: router.port,
          ...(localAddress === undefined ? {} : { localAddress }),
        })
        socket.once('error', reject).once('connect', () => resolve(socket.off('error', reject)))
      })
    return attempt(source).catch((error: NodeJS.ErrnoException) => {
      // macOS has 127.0.0.1 alone; router-ids tell the nodes apart then.
      if (error.code === 'EADDRNOTAVAIL') return attempt(undefined)
      throw error
    })
  }

  #establish(socket: Socket): Promise<void> {
    const { asn, identifier, name, restartTime, restarted = false } = this.#options
    return new Promise((resolve, reject) => {
      socket.once('error', reject).once('close', () => {
        clearInterval(this.#keepalive)
        reject(new Error(`the router closed the session of ${name}`))
      })
      const framer = new Framer({
        message: (bytes) => {
          const message = decodeMessage(bytes, CONTEXT)
          if (message.type === 'open') socket.write(encodeMessage({ type: 'keepalive' }, CONTEXT))
          else if (message.type === 'keepalive' && this.#keepalive === undefined) {
            this.#keepalive = setInterval(
              () => socket.write(encodeMessage({ type: 'keepalive' }, CONTEXT)),
              KEEPALIVE_MS,
            )
            resolve()
          } else if (message.type === 'notification')
            reject(new Error(`the router refused ${name}: NOTIFICATION ${message.code}/${message.subcode}`))
        },
        unframed: () => reject(new Error(`the router sent ${name} something that is no BGP message`)),
      })
      socket.on('data', (chunk) => framer.push(chunk))
      socket.write(
        encodeMessage(
          {
            type: 'open',
            version: 4,
            myAs: asn > 0xffff ? 23456 : asn,
            holdTime: HOLD_TIME,
            identifier: parseIdentifier(identifier),
            capabilities: [
              { code: 1, family: IPV4_UNICAST },
              { code: 1, family: IPV6_UNICAST },
              { code: 65, asn },
              ...(restartTime === undefined ? [] : [gracefulRestart(restartTime, restarted)]),
            ],
            extendedParameters: false,
          },
          CONTEXT,
        ),
      )
    })
  }

  /** Lists, announces, and goes on watching. */
  async #followObject(): Promise<void> {
    const { api, name } = this.#options
    const list = (await (await fetch(`${api}/api/v1/nodes`)).json()) as {
      metadata: { resourceVersion: string }
      items: NodeObject[]
    }
    this.#apply(list.items.find((node) => node.metadata.name === name))
    await new Promise<void>((resolve, reject) => {
      get(`${api}/api/v1/nodes?watch=true&resourceVersion=${list.metadata.resourceVersion}`, (response) => {
        this.#watch = response
        response.on('error', () => response.destroy())
        createInterface({ input: response }).on('line', (line) => {
          const event = JSON.parse(line) as WatchEvent
          if (event.object.metadata.name === name)
            this.#apply(event.type === 'DELETED' ? undefined : event.object)
        })
        resolve()
      }).once('error', reject)
    })
  }

  #apply(node: NodeObject | undefined): void {
    const wanted = new Map((node?.spec?.podCIDRs ?? []).map((text) => [text, parsePrefix(text)]))
    const gone = [...this.#announced].filter(([text]) => !wanted.has(text)).map(([, prefix]) => ({ prefix }))
    const fresh = [...wanted].filter(([text]) => !this.#announced.has(text)).map(([, prefix]) => ({ prefix }))
    this.#announced = wanted
    const socket = this.#socket
    if (socket === undefined || gone.length + fresh.length === 0) return
    const address = parseAddress(socket.localAddress ?? '127.0.0.1')
    socket.write(
      encodeUpdate(
        {
          unreach: gone.length === 0 ? [] : [{ family: IPV4_UNICAST, nlri: gone }],
          reach:
            fresh.length === 0 ? [] : [{ family: IPV4_UNICAST, nextHop: { global: address }, nlri: fresh }],
          attributes:
            fresh.length === 0 ? {} : { origin: 2, asPath: [{ type: 2, asns: [this.#options.asn] }] },
        },
        CONTEXT,
      ),
    )
  }
}
