// What probes and the sysctl census have told so far: the state that the data-plane rules look at.
import type { Micros } from '../speaker/contract.ts'
import type { StreamEvent } from '../stream/events.ts'
import type { FilterRule, ProbePath, ProbeReply, ProbeReport, SysctlSetting } from '../stream/probe-events.ts'

/** A loss is looked at over so long (D-20). */
export const LOSS_WINDOW: Micros = 10_000_000
/** So many losses in a row are no accident (D-20). */
export const LOSS_ROW = 3
/** A prober that has said nothing for so long, or has ended, is gone: what it saw last is not what is. A healthy series speaks every 10 s. */
const SILENCE: Micros = 30_000_000
/** The same for a census, which speaks once a minute. */
const CENSUS_SILENCE: Micros = 180_000_000

/** After so much silence nothing of a series or a census is kept: targets come and go with pods and nodes. */
const FORGOTTEN: Micros = 3_600_000_000

/** A refusal, and what followed. */
export interface Refusal {
  /** When the probe was sent: the first of its row of losses of which it is known that it was refused. */
  readonly at: Micros
  readonly event: number
  /** When the row of losses began to which it belongs. */
  readonly row: Micros
  /** When the last probe before the row that was answered was sent. */
  readonly answered: Micros | undefined
}

/** Results between two instants. */
interface Batch {
  readonly from: Micros
  readonly to: Micros
  readonly results: number
  readonly lost: number
  readonly event: number
}

/** A series of probes, up to its last report. */
export interface Series extends ProbePath {
  readonly outcome: ProbeReport['outcome']
  readonly inRow: number
  readonly since: Micros
  /** Event of the report that began the present row of answers or losses. */
  readonly event: number
  /** Reported last, by the stream's time. */
  readonly at: Micros
  /** When the last probe that was answered was sent; undefined when none ever was. */
  readonly answered: Micros | undefined
  readonly rtt: Micros | undefined
  readonly message: string | undefined
  readonly local: string | undefined
  /** The last answer, and since when answers are like that. */
  readonly reply: { readonly is: ProbeReply; readonly since: Micros; readonly event: number } | undefined
  /** The last row of losses with a refusal; older reports have none. */
  readonly refused?: Refusal | undefined
  readonly resets: number
  readonly results: number
  readonly lost: number
  readonly batches: readonly Batch[]
  /** Nobody probes it any more: this is how it stood. */
  readonly ended?: true
}

/** One sysctl of a node. */
export interface SysctlValue {
  readonly value: string
  /** Its last change since the census began. */
  readonly changed?: {
    readonly from: string
    readonly at: Micros
    readonly after: Micros
    readonly event: number
  }
}

/** A counter that rose while the census ran. */
export interface Rise {
  readonly from: number
  readonly to: number
  /** When it was seen to have risen last. */
  readonly at: Micros
  readonly event: number
}

/** What the census knows of a node. */
export interface NodeCensus {
  readonly node: string
  /** Reported last, by the stream's time. */
  readonly at: Micros
  /** When it was first read. */
  readonly read: Micros
  /** The first event about the node. */
  readonly event: number
  readonly values: ReadonlyMap<string, SysctlValue>
  readonly settings: readonly SysctlSetting[]
  readonly tuned: string | undefined
  readonly reversePath: number | undefined
  readonly reversePathRise: Rise | undefined
  readonly filters: readonly (FilterRule & { readonly rise: Rise | undefined })[]
  readonly problem: string | undefined
  /** Nobody reads it any more: this is how it stood. */
  readonly ended?: true
}

export function seriesKey(path: Pick<ProbePath, 'kind' | 'target' | 'nextHop'>): string {
  return `${path.kind} ${path.target} ${path.nextHop ?? '*'}`
}

type CensusEvent = Extract<StreamEvent, { type: 'sysctl' }>
type ProbeEvent = Extract<StreamEvent, { type: 'probe' }>

export class ProbeBook {
  readonly #series = new Map<string, Series>()
  readonly #census = new Map<string, NodeCensus>()
  /** When what is forgotten was last looked for. */
  #swept: Micros = 0

  apply(event: StreamEvent): void {
    if (event.type === 'reset') {
      // What probes of the test before saw is no finding of the next.
      this.#forgetEnded(() => true)
      for (const [node, { ended }] of this.#census) if (ended === true) this.#census.delete(node)
    }
    if (event.type !== 'probe' && event.type !== 'sysctl') return
    this.#sweep(event.at)
    if (event.type === 'probe') this.#probe(event)
    else this.#sysctl(event)
  }

  /** Series that are probed at that instant, or were a moment ago. */
  series(at: Micros): readonly Series[] {
    return [...this.#series.values()].filter((series) => at - series.at <= SILENCE)
  }

  census(node: string, at: Micros): NodeCensus | undefined {
    const census = this.#census.get(node)
    return census === undefined || !counts(census, at) ? undefined : census
  }

  /** Nodes whose sysctls are read at that instant, or were a moment ago. */
  censuses(at: Micros): readonly NodeCensus[] {
    return [...this.#census.values()].filter((census) => counts(census, at))
  }

  snapshot(): ProbeSnapshot {
    return {
      series: [...this.#series.values()],
      census: [...this.#census.values()].map((census) => ({ ...census, values: [...census.values] })),
    }
  }

  restore(snapshot: ProbeSnapshot): void {
    for (const series of snapshot.series) this.#series.set(seriesKey(series), series)
    for (const census of snapshot.census)
      this.#census.set(census.node, { ...census, values: new Map(census.values) })
  }

  /** All of them now and then: what is looked for by its key may stay a while, and counts for nothing. */
  #sweep(at: Micros): void {
    if (at - this.#swept <= FORGOTTEN) return
    this.#swept = at
    for (const [key, series] of this.#series)
      if (remembered(series, at) === undefined) this.#series.delete(key)
    for (const [node, census] of this.#census)
      if (remembered(census, at) === undefined) this.#census.delete(node)
  }

  #forgetEnded(which: (series: Series) => boolean): void {
    for (const [key, series] of this.#series)
      if (series.ended === true && which(series)) this.#series.delete(key)
  }

  #probe(event: ProbeEvent): void {
    const key = seriesKey(event)
    const known = this.#series.get(key)
    if (event.ended === true && event.results === 0) {
      if (known !== undefined && known.ended === undefined)
        this.#series.set(key, { ...known, at: event.at, ended: true })
      return
    }
    // Who probes the path now knows better than who has ended.
    if (known === undefined || known.ended === true) this.#forgetEnded((ended) => samePath(ended, event))
    const before = remembered(this.#series.get(key), event.at)
    const { kind, target, prefix, nextHop, node, pinned, outcome, inRow, since, rtt, message, local } = event
    const goesOn = before !== undefined && before.since === since && isOk(before) === isOk(event)
    const oldest = event.sent - LOSS_WINDOW
    // A row of losses that is over was told of as such: what is lost from now on counts.
    const afresh = before !== undefined && !isOk(before) && before.inRow >= LOSS_ROW && isOk(event)
    this.#series.set(key, {
      ...{ kind, target, prefix, nextHop, node, pinned, outcome, inRow, since, rtt, message },
      local: local ?? before?.local,
      event: goesOn ? before.event : event.seq,
      at: event.at,
      answered: isOk(event) ? event.sent : beforeRow(event, before),
      reply: replyOf(event, before),
      refused: refusalOf(event, before),
      resets: (before?.resets ?? 0) + (event.resets ?? 0),
      results: (before?.results ?? 0) + event.results,
      lost: (before?.lost ?? 0) + event.lost,
      batches: [
        ...(afresh ? [] : (before?.batches ?? [])).filter((batch) => batch.to > oldest),
        {
          ...{ from: event.from, to: event.sent, event: event.seq },
          ...{ results: event.results, lost: afresh ? 0 : event.lost },
        },
      ],
      ...(event.ended === true ? { ended: true } : {}),
    })
  }

  #sysctl(event: CensusEvent): void {
    if (event.ended === true) {
      const known = this.#census.get(event.node)
      if (known !== undefined && known.ended === undefined)
        this.#census.set(event.node, { ...known, at: event.at, ended: true })
      return
    }
    // A first census begins anew: whoever took the earlier one has ended.
    const before = event.before === undefined ? undefined : remembered(this.#census.get(event.node), event.at)
    const values = new Map(before?.values)
    for (const [key, value] of Object.entries(event.values)) {
      const was = values.get(key)
      if (value === null) values.delete(key)
      else if (was === undefined || was.value === value) values.set(key, { ...was, value })
      else
        values.set(key, {
          value,
          changed: { from: was.value, at: event.read, after: event.before ?? event.read, event: event.seq },
        })
    }
    const drops = event.reversePathDrops ?? before?.reversePath
    this.#census.set(event.node, {
      node: event.node,
      at: event.at,
      read: before?.read ?? event.read,
      event: before?.event ?? event.seq,
      values,
      settings: event.settings ?? before?.settings ?? [],
      tuned: event.tuned ?? before?.tuned,
      reversePath: drops,
      reversePathRise: rise(before?.reversePath, drops, event) ?? before?.reversePathRise,
      filters:
        event.filters?.map((filter) => {
          const was = before?.filters.find(({ rule }) => rule === filter.rule)
          return { ...filter, rise: rise(was?.packets, filter.packets, event) ?? was?.rise }
        }) ??
        before?.filters ??
        [],
      problem: event.problem,
    })
  }
}

/** A census that has ended counts as long as what its prober said. */
function counts({ at, ended }: NodeCensus, now: Micros): boolean {
  return now - at <= (ended === true ? SILENCE : CENSUS_SILENCE)
}

function samePath(a: ProbePath, b: ProbePath): boolean {
  return a.kind === b.kind && a.prefix === b.prefix && a.nextHop === b.nextHop
}

function remembered<T extends { readonly at: Micros }>(one: T | undefined, now: Micros): T | undefined {
  return one === undefined || now - one.at > FORGOTTEN ? undefined : one
}

/** Nobody probes it any more, and the last word was an answer: nothing of it is wrong. */
export function isOver(series: Pick<Series, 'ended' | 'outcome'>): boolean {
  return series.ended === true && isOk(series)
}

export function isOk({ outcome }: Pick<Series, 'outcome'>): boolean {
  return outcome === 'ok'
}

/** When the last answered probe before a row of losses was sent. */
function beforeRow(event: ProbeEvent, before: Series | undefined): Micros | undefined {
  // A report that tells of answers and losses together: the answers came before the row.
  return event.lost < event.results && event.inRow < event.results ? event.since : before?.answered
}

function replyOf(event: ProbeEvent, before: Series | undefined): Series['reply'] {
  const { reply, sent: since, seq } = event
  if (reply === undefined) return before?.reply
  const was = before?.reply
  const same = was?.is.pod === reply.pod && was?.is.node === reply.node && was?.is.client === reply.client
  return same && was !== undefined ? was : { is: reply, since, event: seq }
}

function refusalOf(event: ProbeEvent, before: Series | undefined): Refusal | undefined {
  const { outcome, since: row, sent: at, seq } = event
  const was = before?.refused
  if (outcome !== 'refused' || was?.row === row) return was
  return { at, event: seq, row, answered: beforeRow(event, before) }
}

function rise(from: number | undefined, to: number | undefined, event: CensusEvent): Rise | undefined {
  if (from === undefined || to === undefined || to <= from) return undefined
  return { from, to, at: event.read, event: event.seq }
}

export interface ProbeSnapshot {
  readonly series: readonly Series[]
  readonly census: readonly (Omit<NodeCensus, 'values'> & {
    readonly values: readonly (readonly [key: string, value: SysctlValue])[]
  })[]
}
