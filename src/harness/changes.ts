// What tests change about a running router, so that it can be undone between them.
import { prefixKey } from '../core/ip/arithmetic.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import type { Origination } from '../core/speaker/contract.ts'
import type { ClusterObject } from '../core/stream/events.ts'
import { STATIC_KIND } from '../core/expected/static-node.ts'
import type { Router } from '../router/router.ts'

/** To whom: a peer, or undefined for everybody. */
type Audience = string | undefined

export class Changes {
  readonly #router: Router
  /** What we announce. */
  readonly #announced = new Map<Audience, Map<number | string, Prefix>>()
  /** What was expected by hand before the first change. */
  #expectedAtStart: readonly ClusterObject[] | undefined

  constructor(router: Router) {
    this.#router = router
  }

  announce(routes: readonly Origination[], peer: Audience): void {
    this.#router.announce(routes, peer)
    const known = this.#announced.get(peer) ?? new Map<number | string, Prefix>()
    for (const { prefix } of routes) known.set(prefixKey(prefix), prefix)
    this.#announced.set(peer, known)
  }

  withdraw(prefixes: readonly Prefix[], peer: Audience): void {
    this.#router.withdraw(prefixes, peer)
    for (const prefix of prefixes) this.#announced.get(peer)?.delete(prefixKey(prefix))
  }

  /** These nodes by hand, and no others. */
  expect(nodes: readonly ClusterObject[]): void {
    this.#expectedAtStart ??= this.#byHand()
    const wanted = new Map(nodes.map((node) => [node.metadata.name, node]))
    for (const before of this.#byHand())
      if (!wanted.has(before.metadata.name)) this.#router.object('deleted', before)
    for (const node of nodes) {
      const before = this.#router.observer.world.objects.get(STATIC_KIND, node.metadata.name)
      if (JSON.stringify(before) !== JSON.stringify(node)) this.#router.object('set', node)
    }
  }

  undo(): void {
    const { speaker } = this.#router.observer.world
    for (const [peer, prefixes] of this.#announced) {
      if (prefixes.size === 0) continue
      // A peer that is forgotten has nothing to be told.
      if (peer !== undefined && speaker.peer(peer) === undefined) continue
      this.#router.withdraw([...prefixes.values()], peer)
    }
    this.#announced.clear()
    if (this.#expectedAtStart !== undefined) this.expect(this.#expectedAtStart)
    this.#expectedAtStart = undefined
  }

  #byHand(): readonly ClusterObject[] {
    return this.#router.observer.world.objects.list(STATIC_KIND)
  }
}
