// What was found at the last verdict, kept: only what could be judged otherwise now is judged again. The verdict is the
// one that `judge` (./judge.ts) gives from scratch; a property test compares them.
import type { PrefixKey } from '../expected/allocation.ts'
import type { SpeakerApi } from '../speaker/api.ts'
import type { Micros, SessionView } from '../speaker/contract.ts'
import type { Told } from '../speaker/route-batch.ts'
import type { StreamEvent } from '../stream/events.ts'
import { TYPE_KEEPALIVE, TYPE_UPDATE } from '../wire/framing.ts'
import type { Finding, NotJudged, Verdict } from './finding.ts'
import {
  byNodeAndPrefix,
  byPlace,
  compareText,
  judgeRoutes,
  PrefixTexts,
  withNear,
  type Judged,
} from './judge.ts'
import { NearRoutes } from './near.ts'
import { strangersHint } from './no-session.ts'
import { StandingRoutes } from './standing-routes.ts'
import { refusal, refusalsOf, type Claims, type View, type ViewSources } from './view.ts'

/** What the verdict about a node depends on beyond the node and its prefixes. */
type Dependence = 'time' | 'strangers' | 'refusals' | 'allocations'
const DEPENDENCES: readonly Dependence[] = ['time', 'strangers', 'refusals', 'allocations']

/** So many prefixes are looked up in the time in which one node is judged, at most. */
const PREFIXES = 20

export interface StandingSources extends Pick<ViewSources, 'book' | 'ours' | 'label' | 'withdrawn'> {
  settles(key: PrefixKey, at: Micros): Micros | undefined
  readonly settle: Micros
}

/** One instant. */
export interface Instant {
  readonly at: Micros
  readonly speaker: SpeakerApi
  readonly unreadable: string | undefined
  /** Services and their endpoints can be read. */
  readonly withServices: boolean
}

export class Standing {
  readonly #sources: StandingSources
  readonly #routes: StandingRoutes
  /** Nodes about which there is something to say. */
  readonly #judged = new Map<string, Judged>()
  readonly #prefixesToJudge = new Set<PrefixKey>()
  readonly #nodesToJudge = new Set<string>()
  readonly #dependent: Readonly<Record<Dependence, Set<string>>> = {
    time: new Set(),
    strangers: new Set(),
    refusals: new Set(),
    allocations: new Set(),
  }
  #asked = new Set<Dependence>()
  #settings: unknown
  #unreadable: string | undefined
  #withServices = false
  #hint = ''
  #refusals: ReadonlyMap<string, SessionView> = new Map()

  /**
   * Knows of all that is there now, and has judged nothing.
   * @param peers keys of all peers, in their order
   */
  constructor(sources: StandingSources, peers: Iterable<string>) {
    this.#sources = sources
    this.#routes = new StandingRoutes(sources)
    for (const key of peers) this.#routes.peerChanged(key)
    this.#routes.allChanged()
  }

  /** Takes note of an event that the speaker has taken. */
  heard(event: StreamEvent, told: readonly Told[], speaker: SpeakerApi): void {
    for (const one of told) {
      if (one.news === 'routes') {
        if (one.isChange) this.#routes.peerChanged(one.peer)
      } else if (one.news === 'peer-forgotten') this.#routes.peerForgotten(one.peer)
      else if ('peer' in one && one.peer !== undefined) this.#routes.peerChanged(one.peer)
    }
    if (!('session' in event)) return
    if (event.type === 'message') {
      if (event.direction === 'out') return
      const type = event.bytes[18]
      if (type === TYPE_UPDATE || type === TYPE_KEEPALIVE) return
    }
    const peer = speaker.session(event.session)?.peer
    if (peer !== undefined) this.#routes.peerChanged(peer)
  }

  /** What the peer is called, or whether that is certain, has changed. */
  labelChanged(peer: string): void {
    this.#routes.peerChanged(peer)
  }

  /** Objects of these nodes have changed; `allocations`: somebody owns more prefixes, or fewer. */
  nodesChanged(nodes: Iterable<string>, allocations: boolean): void {
    for (const node of nodes) this.#routes.nodeChanged(node)
    if (allocations) for (const node of this.#dependent.allocations) this.#nodesToJudge.add(node)
  }

  /** Something about the prefix has changed: its owners, when it settles, who announced it last. */
  prefixChanged(key: PrefixKey): void {
    this.#prefixesToJudge.add(key)
  }

  /** Something on which everything depends has changed. */
  allChanged(): void {
    this.#routes.allChanged()
  }

  /**
   * Reads and judges again what has changed, at most so many nodes.
   * @returns false when more is left
   */
  update(instant: Instant, limit: number): boolean {
    this.#noticeGlobals(instant)
    const left = limit - this.#read(instant.speaker, limit)
    if (left <= 0) return false
    let prefixes = 0
    for (const key of this.#prefixesToJudge) {
      if (prefixes++ >= PREFIXES * left) return false
      this.#prefixesToJudge.delete(key)
      for (const node of this.#routes.nodesAt(key)) this.#nodesToJudge.add(node)
    }
    this.#noticeOthers(instant.speaker)
    const view = this.#view(instant)
    let count = 0
    for (const node of this.#nodesToJudge) {
      if (count++ >= left) return false
      this.#nodesToJudge.delete(node)
      this.#judge(node, view, instant)
    }
    return true
  }

  /** What everybody announces now. */
  claims(speaker: SpeakerApi): Claims {
    this.#read(speaker, Infinity)
    return this.#routes
  }

  /** @param others findings that are not about routes */
  verdict(
    instant: Instant,
    others: readonly Finding[],
  ): Pick<Verdict, 'findings' | 'notJudged' | 'unsettled'> & {
    readonly routes: number
    readonly expected: number
  } {
    for (const node of this.#dependent.time) this.#nodesToJudge.add(node)
    this.update(instant, Infinity)
    const byNode = new Map<string, Finding[]>()
    for (const finding of others) {
      const list = byNode.get(finding.node)
      if (list === undefined) byNode.set(finding.node, [finding])
      else list.push(finding)
    }
    const nodes = [...new Set([...this.#judged.keys(), ...byNode.keys()])].sort(compareText)
    const findings: Finding[] = []
    const notJudged: NotJudged[] = []
    const unsettled: Verdict['unsettled'][number][] = []
    for (const node of nodes) {
      const judged = this.#judged.get(node)
      const more = byNode.get(node)
      const here = more === undefined ? judged?.findings : [...(judged?.findings ?? []), ...more]
      if (more !== undefined) here!.sort(byPlace(new PrefixTexts()))
      for (const finding of here ?? []) findings.push(finding)
      for (const one of judged?.notJudged ?? []) notJudged.push(one)
      for (const one of judged?.unsettled ?? []) unsettled.push(one)
    }
    const near = new NearRoutes(this.#routes, () => this.#routes.sorted())
    const { claims: routes, due: expected } = this.#routes
    return { findings: withNear(findings, near), notJudged, unsettled, routes, expected }
  }

  /** Reads the routes of nodes that have changed, at most so many; they are to be judged then. @returns how many they were */
  #read(speaker: SpeakerApi, limit: number): number {
    return this.#routes.update(speaker, limit, (node, keys) => {
      this.#nodesToJudge.add(node)
      for (const key of keys) this.#prefixesToJudge.add(key)
    })
  }

  #judge(node: string, view: View, { at, unreadable }: Instant): void {
    this.#asked = new Set()
    const judged = judgeRoutes(this.#routes.claimsOf(node), this.#routes.dueOf(node), {
      view,
      unreadable,
      settles: (key) => this.#sources.settles(key, at),
      settle: this.#sources.settle,
    })
    for (const dependence of DEPENDENCES) {
      if (this.#asked.has(dependence)) this.#dependent[dependence].add(node)
      else this.#dependent[dependence].delete(node)
    }
    const { findings, notJudged, unsettled } = judged
    if (findings.length + notJudged.length + unsettled.length === 0) {
      this.#judged.delete(node)
      return
    }
    const prefixes = new PrefixTexts()
    findings.sort(byPlace(prefixes))
    notJudged.sort(byNodeAndPrefix(prefixes))
    unsettled.sort(byNodeAndPrefix(prefixes))
    this.#judged.set(node, judged)
  }

  /** The settings, and whether the configuration can be read, stand in what is said about every node. */
  #noticeGlobals({ unreadable, withServices }: Instant): void {
    const { settings } = this.#sources.book
    const before = this.#settings
    const same = unreadable === this.#unreadable && withServices === this.#withServices
    if (settings === before && same) return
    this.#settings = settings
    if (same && JSON.stringify(settings) === JSON.stringify(before)) return
    this.#unreadable = unreadable
    this.#withServices = withServices
    this.#routes.allChanged()
  }

  /** Peers without a name and sessions that were refused stand in what is said about nodes without a session. */
  #noticeOthers(speaker: SpeakerApi): void {
    if (this.#dependent.strangers.size > 0) {
      const hint = strangersHint(this.#routes.strangers())
      if (hint !== this.#hint) for (const node of this.#dependent.strangers) this.#nodesToJudge.add(node)
      this.#hint = hint
    }
    if (this.#dependent.refusals.size > 0) {
      const now = refusalsOf(speaker)
      const same =
        now.size === this.#refusals.size &&
        [...now].every(([address, { session }]) => this.#refusals.get(address)?.session === session)
      if (!same) for (const node of this.#dependent.refusals) this.#nodesToJudge.add(node)
      this.#refusals = now
    }
  }

  #view({ at, speaker, withServices }: Instant): View {
    const routes = this.#routes
    const asked = (what: Dependence): void => void this.#asked.add(what)
    const { book, withdrawn } = this.#sources
    let refusals: ReadonlyMap<string, SessionView> | undefined
    let strangers: View['strangers'] | undefined
    const allStrangers = (): View['strangers'] => {
      asked('strangers')
      if (strangers === undefined) this.#hint = strangersHint((strangers = routes.strangers()))
      return strangers
    }
    return {
      get at() {
        asked('time')
        return at
      },
      get strangers() {
        return allStrangers()
      },
      settings: book.settings,
      claims: [],
      due: [],
      peers: [],
      refusal: (addresses, identifiers) => {
        asked('refusals')
        refusals ??= this.#refusals = refusalsOf(speaker)
        return refusal(refusals, addresses, identifiers)
      },
      state: (node) => book.nodes.get(node),
      owners: (key) => book.table.owners(key),
      announcers: (key) => routes.announcers(key),
      claimsOf: (node) => routes.claimsOf(node),
      peersOf: (node) => routes.peersOf(node),
      former: (key) => {
        asked('allocations')
        return book.former.get(key)
      },
      overlapping: (prefix) => {
        asked('allocations')
        return book.table.overlapping(prefix)
      },
      withdrawn: (key) => withdrawn(key),
      vip: (key) => (withServices ? book.vips.at(key) : []),
    }
  }
}
