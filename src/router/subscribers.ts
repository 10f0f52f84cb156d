// Hands events to those who asked for them, in the order of the stream, and never while one is still being handled:
// so a subscriber may give commands.
import type { News } from '../core/speaker/contract.ts'
import type { Told } from '../core/speaker/route-batch.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import type { Applied } from '../core/stream/world.ts'

/** Sees an event after the state has it and its effects were performed. The bytes of a message are the subscriber's to keep. */
export type Subscriber = (event: StreamEvent, news: readonly News[]) => void

/**
 * Sees an event at once, as soon as the state has it. It costs little: the bytes of a message, and the routes that stand in
 * them, are only there during the call, and it must neither give commands nor change anything.
 */
export type Watcher = (event: StreamEvent, told: readonly Told[]) => void

export class Subscribers {
  readonly #onError: (error: unknown) => void
  /** Each with the number of the last event before it came. */
  readonly #subscribers = new Map<symbol, { readonly tell: Subscriber; readonly after: number }>()
  #queue: { readonly event: StreamEvent; readonly news: readonly News[] }[] = []
  #delivering = false
  readonly #watchers: Watcher[] = []

  /** @param onError told what a subscriber threw; the others still get the event */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  /** @param after the number of the last event: only later ones are told */
  add(tell: Subscriber, after: number): () => void {
    const key = Symbol('subscriber')
    this.#subscribers.set(key, { tell, after })
    return () => void this.#subscribers.delete(key)
  }

  /** For as long as the router runs. */
  addWatcher(watcher: Watcher): void {
    this.#watchers.push(watcher)
  }

  /** Keeps the event until `deliver`. Copies a message's bytes, which live no longer than the call that brought them. */
  enqueue(event: StreamEvent, applied: Applied): void {
    for (const watcher of this.#watchers) {
      try {
        watcher(event, applied.told)
      } catch (error) {
        this.#onError(error)
      }
    }
    if (this.#subscribers.size === 0) return
    const { news } = applied
    this.#queue.push({
      event: event.type === 'message' ? { ...event, bytes: event.bytes.slice() } : event,
      news,
    })
  }

  /** Tells everything queued, and what comes meanwhile. Called again from a subscriber it leaves that to the call under way. */
  deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    while (this.#queue.length > 0) {
      const batch = this.#queue
      this.#queue = []
      for (const { event, news } of batch) this.#tell(event, news)
    }
    this.#delivering = false
  }

  #tell(event: StreamEvent, news: readonly News[]): void {
    for (const { tell, after } of [...this.#subscribers.values()]) {
      if (event.seq <= after) continue
      try {
        tell(event, news)
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}
