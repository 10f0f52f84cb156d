// A router on a free port of loopback, all of whose events a test can see and wait for.
import { onTestFinished } from 'vitest'
import { formatPrefix } from '../../src/core/ip/text.ts'
import type { News } from '../../src/core/speaker/contract.ts'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import type { RouterOptions } from '../../src/router/options.ts'
import { Router } from '../../src/router/router.ts'
import { config } from './speaker-bench.ts'

export type EventOf<Type extends StreamEvent['type']> = Extract<StreamEvent, { type: Type }>
export type NewsOf<Kind extends News['news']> = Extract<News, { news: Kind }>

export class RunningRouter {
  readonly router: Router
  /** All events but the first, which is 'started'. */
  readonly events: StreamEvent[] = []
  readonly news: News[] = []
  readonly problems: string[]
  #waiting: (() => void)[] = []

  private constructor(router: Router, problems: string[]) {
    this.router = router
    this.problems = problems
    router.subscribe((event, news) => {
      this.events.push(event)
      this.news.push(...news)
      const waiting = this.#waiting
      this.#waiting = []
      for (const resolve of waiting) resolve()
    })
  }

  /** Stops when the test ends. */
  static async start(options: Partial<RouterOptions> = {}): Promise<RunningRouter> {
    const problems: string[] = []
    const router = await Router.start({
      config: config(),
      listen: ['127.0.0.1:0'],
      settle: 1_000_000,
      onProblem: (message) => void problems.push(message),
      ...options,
    })
    onTestFinished(() => router.stop())
    return new RunningRouter(router, problems)
  }

  /** Where the first listener is. */
  get address(): string {
    return this.router.listeners[0]!
  }

  /** Settles when the condition holds; asked again after every event. */
  async until<T>(condition: () => T | undefined | false): Promise<T> {
    for (;;) {
      const value = condition()
      if (value !== undefined && value !== false) return value
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  eventsOf<Type extends StreamEvent['type']>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type)
  }

  newsOf<Kind extends News['news']>(kind: Kind): NewsOf<Kind>[] {
    return this.news.filter((news): news is NewsOf<Kind> => news.news === kind)
  }

  /** The close of a session, once it is there. */
  async closed(session: number): Promise<NewsOf<'session-closed'>> {
    return this.until(() => this.newsOf('session-closed').find((news) => news.session === session))
  }

  /** Waits until the connection of a session is gone. */
  async gone(session: number): Promise<EventOf<'session-closed'>> {
    return this.until(() => this.eventsOf('session-closed').find((event) => event.session === session))
  }

  /** All routes as text, sorted. */
  routes(): string[] {
    const { speaker } = this.router.observer.world
    const lines: string[] = []
    for (const { key, identifier } of speaker.peers()) {
      for (const { prefix } of speaker.routes(key)) lines.push(`${identifier} ${formatPrefix(prefix)}`)
    }
    return lines.sort()
  }

  /** Waits for as many routes. */
  async untilRoutes(count: number): Promise<string[]> {
    return this.until(() => this.routes().length === count && this.routes())
  }
}
