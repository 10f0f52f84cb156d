// DEBUG=routewitness:session,routewitness:check: a line on standard error for each event, by namespace.
import { printable } from '../core/errors/printable.ts'
import { newsOf } from '../core/speaker/route-batch.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { formatMicros } from '../core/stream/time.ts'
import type { Router } from '../router/router.ts'
import { eventRows, namesOf, type EventRow } from './event-log.ts'

/** What lines are about. */
const NAMESPACES = ['session', 'route', 'check', 'trace', 'api'] as const
export type Namespace = (typeof NAMESPACES)[number]

const PROGRAM = 'routewitness'

/** Which namespace a row of the timeline belongs to. */
const OF_TYPE: Readonly<Record<string, Namespace>> = {
  announce: 'route',
  withdraw: 'route',
  'end-of-rib': 'route',
  stale: 'route',
  finding: 'check',
  object: 'check',
  resource: 'check',
  timer: 'check',
  started: 'trace',
  mark: 'trace',
  reset: 'trace',
  gap: 'trace',
  stopped: 'trace',
}

/** Rows whose text does not say what they are. */
const BARE: ReadonlySet<string> = new Set(['mark', 'command', 'finding'])

/** Timers of sessions are the session's, all that is not named here too. */
export function namespaceOf({ type, session, peer }: Pick<EventRow, 'type' | 'session' | 'peer'>): Namespace {
  if (type === 'timer' && (session !== undefined || peer !== undefined)) return 'session'
  return OF_TYPE[type] ?? 'session'
}

/**
 * The namespaces that a value of DEBUG switches on, by the convention of the package `debug`: patterns divided by commas or
 * spaces, `*` for anything, a leading `-` to leave out.
 */
export function namespacesOf(debug: string | undefined): ReadonlySet<Namespace> {
  const patterns = (debug ?? '').split(/[\s,]+/).filter((pattern) => pattern !== '')
  const matches = (name: string, pattern: string): boolean =>
    new RegExp(
      `^${pattern
        .split('*')
        .map((part) => part.replaceAll(/[$()+.?[\\\]^{|}]/g, String.raw`\$&`))
        .join('.*')}$`,
    ).test(name)
  return new Set(
    NAMESPACES.filter((namespace) => {
      const name = `${PROGRAM}:${namespace}`
      const meant = (leaveOut: boolean): boolean =>
        patterns.some(
          (pattern) =>
            pattern.startsWith('-') === leaveOut && matches(name, leaveOut ? pattern.slice(1) : pattern),
        )
      return meant(false) && !meant(true)
    }),
  )
}

/** Prints lines of the namespaces that DEBUG switches on. */
export class Debug {
  readonly #namespaces: ReadonlySet<Namespace>
  readonly #write: (line: string) => void

  constructor(
    debug: string | undefined = process.env['DEBUG'],
    write: (line: string) => void = (line) => void process.stderr.write(line),
  ) {
    this.#namespaces = namespacesOf(debug)
    this.#write = write
  }

  /** False when nothing is printed: then events need not be put into words. */
  get isOn(): boolean {
    return this.#namespaces.size > 0
  }

  has(namespace: Namespace): boolean {
    return this.#namespaces.has(namespace)
  }

  /** "2026-11-21T12:00:01.204000Z routewitness:session tor node01 session Established". */
  line(namespace: Namespace, at: number, ...parts: readonly (string | undefined)[]): void {
    if (!this.has(namespace)) return
    const text = parts.filter((part) => part !== undefined && part !== '').join(' ')
    this.#write(`${formatMicros(at)} ${PROGRAM}:${namespace} ${printable(text)}\n`)
  }

  /** The rows of an event of the router `label`. */
  rows(label: string, rows: readonly EventRow[]): void {
    for (const row of rows) {
      const who =
        row.node ??
        row.peer ??
        row.remote ??
        (row.session === undefined ? undefined : `session ${row.session}`)
      const text = BARE.has(row.type) ? `${row.type} ${row.text}` : row.text
      this.line(namespaceOf(row), row.at, label, `#${row.seq}`, who, text)
    }
  }
}

/** Prints the events of a router from now on, where anything is switched on. KEEPALIVEs have no rows. */
export function debugRows(router: Router, label: string, debug: Debug, started: StreamEvent): void {
  if (!debug.isOn) return
  const names = namesOf(router.observer)
  debug.rows(label, eventRows(started, [], names))
  router.watch((event, told) => debug.rows(label, eventRows(event, newsOf(told), names)))
}
