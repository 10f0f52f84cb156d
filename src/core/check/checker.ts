// Stream × expected → findings. The same events give the same findings, live and from a trace.
import { prefixKey } from '../ip/arithmetic.ts'
import type { PrefixKey } from '../expected/allocation.ts'
import type { Micros, News, PeerView } from '../speaker/contract.ts'
import type { SpeakerApi } from '../speaker/api.ts'
import type { RouteBatch, Told } from '../speaker/route-batch.ts'
import type { StreamEvent } from '../stream/events.ts'
import { isUnicast } from '../wire/families.ts'
import { caveatsOf, servicesAreRead, unreadableConfiguration } from './caveats.ts'
import type { ClusterBook, Changes } from './cluster-book.ts'
import { readSnapshot, type CheckSnapshot } from './check-snapshot.ts'
import { CheckState } from './check-state.ts'
import { unknownVerdict } from './empty-verdict.ts'
import type { Finding, Verdict } from './finding.ts'
import { probedPaths } from './data-plane.ts'
import { byPlace, judge, judgeOthers, PrefixTexts } from './judge.ts'
import { listenerAddress } from './our-ends.ts'
import type { LabelledPeer, PeerLabel } from './peer-labels.ts'
import type { ProbeBook } from './probe-book.ts'
import { probeFindings } from './probe-findings.ts'
import { Settling } from './settling.ts'
import { Standing, type Instant } from './standing.ts'
import type { Observed } from './observed.ts'
import { makeView, type Claims, type View, type ViewSources } from './view.ts'

/** Timers of an operating system may fire a little early; a settle time has ended all the same. */
const EARLY: Micros = 5_000

const NO_ROUTES = { notJudged: [], unsettled: [], routes: 0, expected: 0 } as const

/** Follows the stream and judges on demand. Its state beyond the world's is small, and goes into checkpoints. */
export class Checker {
  readonly #settle: Micros
  #state: CheckState
  /** The state stands in a snapshot and in the world's objects, and was not read from them yet. */
  #unread: { readonly snapshot: CheckSnapshot | undefined } | undefined
  #lost = false
  /** Routes changed a moment ago, and nobody keeps a list of them. */
  #unsettled = false
  /** From the first verdict on. */
  #standing: Standing | undefined

  /**
   * @param options `settle` in microseconds
   * @param snapshot what `snapshot()` gave at a checkpoint; the first world to come must be of the same checkpoint.
   *   One that says nothing makes the checker begin with the world's objects.
   */
  constructor(options: { readonly settle: Micros }, snapshot?: unknown) {
    this.#settle = options.settle
    this.#state = this.#newState()
    if (snapshot !== undefined) this.#unread = { snapshot: readSnapshot(snapshot) }
  }

  /** Takes an event that the world has just taken, with the news that came of it. */
  apply(event: StreamEvent, told: readonly Told[], world: Observed): void {
    switch (event.type) {
      case 'started':
        this.#reset()
        for (const listener of event.listeners) this.#ourAddress(listenerAddress(listener))
        return
      case 'gap':
        this.#lost = true
        return
      case 'checkpoint':
        this.#checkpoint(event.checkpoint.check, world)
        return
      default:
        break
    }
    if (this.#lost) return
    this.#readUnread(world)
    if (event.type === 'session-opened') this.#ourAddress(event.local.address)
    this.#state.probes.apply(event)
    if (event.type === 'object') {
      const judging = this.#judgesRoutes()
      this.#changed(
        this.#state.book.object(event.object, world.objects, { at: event.at, event: event.seq }),
        event,
        world,
      )
      if (!judging && this.#judgesRoutes()) this.#settleRecent(event.at, world)
    }
    for (const one of told) {
      if (one.news === 'routes') this.#routes(one, event, world)
      else this.#news(one, event, world)
    }
    this.#standing?.heard(event, told, world.speaker)
    const now = event.type === 'timer' && event.key.of === 'check' ? event.at + EARLY : event.at
    this.#state.settling.advance(now)
    if (this.#unsettled && this.#state.routesChanged + this.#settle <= now) this.#unsettled = false
  }

  /** When the next settle time ends; whoever has a clock then appends the event `timer` of `check`. */
  nextSettle(): Micros | undefined {
    const next = this.#state.settling.next()
    const quiet = this.#unsettled ? this.#state.routesChanged + this.#settle : undefined
    return next === undefined || quiet === undefined ? (next ?? quiet) : Math.min(next, quiet)
  }

  /** Judges the instant of the last event, or a later one. What has not changed since the last verdict is not judged again. */
  verdict(world: Observed, at: Micros = world.lastEvent.at): Verdict {
    if (at !== world.lastEvent.at) return this.verdictFromScratch(world, at)
    if (!world.known || this.#lost) return unknownVerdict(at)
    this.#readUnread(world)
    const others = [
      ...judgeOthers(this.#remarkable(world.speaker), this.#state.book.problems()),
      ...this.#probed(world.speaker, at),
    ]
    const found = this.#judgesRoutes()
      ? this.#standingOf(world).verdict(this.#instant(world), others)
      : { ...NO_ROUTES, findings: others.sort(byPlace(new PrefixTexts())) }
    const { findings, notJudged, unsettled, routes, expected } = found
    const { nodes } = this.#state.book
    return {
      at,
      findings,
      notJudged,
      unsettled,
      checked: { nodes: nodes.size, peers: this.#state.labels.size, routes, expected },
      caveats: caveatsOf(world.resources, this.#state.book),
      known: true,
    }
  }

  /**
   * Does a part of the work of the next verdict, about at most so many nodes.
   * @returns true when nothing is left to do
   */
  prepareVerdict(world: Observed, nodes: number): boolean {
    if (!world.known || this.#lost) return true
    this.#readUnread(world)
    return !this.#judgesRoutes() || this.#standingOf(world).update(this.#instant(world), nodes)
  }

  /**
   * What everybody announces, as it is kept for verdicts: only what has changed is read anew. Undefined while no object says
   * by what routes are judged, and where it is not known.
   */
  claims(world: Observed): Claims | undefined {
    if (!world.known || this.#lost) return undefined
    this.#readUnread(world)
    return this.#judgesRoutes() ? this.#standingOf(world).claims(world.speaker) : undefined
  }

  /** The same verdict, of which nothing was kept. O(routes + expected). */
  verdictFromScratch(world: Observed, at: Micros = world.lastEvent.at): Verdict {
    if (!world.known || this.#lost) return unknownVerdict(at)
    this.#readUnread(world)
    const hasObjects = this.#judgesRoutes()
    // Without objects no route is judged, and a large table need not be read.
    const view = hasObjects ? this.view(world, at) : this.#view(world, at, false)
    const { settings, nodes } = this.#state.book
    return judge({
      view,
      peers: view.peers.map((peer) => this.#labelled(peer)),
      problems: this.#state.book.problems(),
      probed: this.#probed(world.speaker, at),
      nodes: nodes.size,
      unreadable: unreadableConfiguration(world.resources, settings),
      caveats: caveatsOf(world.resources, this.#state.book),
      hasObjects,
      settles: (key) => this.#state.settling.until(key, at),
      settle: this.#settle,
    })
  }

  #labelled(peer: PeerView): LabelledPeer {
    const change = this.#state.identifiers.of(peer, (key) => this.nodeOf(key))
    return { peer, label: this.label(peer.key), change }
  }

  /** Peers about which there may be something to say. */
  *#remarkable(speaker: SpeakerApi): Iterable<LabelledPeer> {
    const { labels, identifiers } = this.#state
    for (const key of new Set([...labels.conflicted(), ...identifiers.peers()])) {
      const peer = speaker.peer(key)
      if (peer !== undefined) yield this.#labelled(peer)
    }
  }

  /** Nothing of it is kept: what probes say expires. */
  #probed(speaker: SpeakerApi, at: Micros): Iterable<Finding> {
    const view = { at, owners: (key: PrefixKey) => this.#state.book.table.owners(key) }
    const nodeOf = (peer: string): string | undefined => this.nodeOf(peer)
    const paths = probedPaths({ book: this.#state.probes, speaker, view, nodeOf })
    return probeFindings(paths, this.#state.probes.censuses(at), at)
  }

  #instant({ speaker, resources, lastEvent }: Observed): Instant {
    const unreadable = unreadableConfiguration(resources, this.#state.book.settings)
    return { at: lastEvent.at, speaker, unreadable, withServices: servicesAreRead(resources) }
  }

  #standingOf(world: Observed): Standing {
    this.#standing ??= new Standing(
      {
        ...this.#sources(world),
        settles: (key, at) => this.#state.settling.until(key, at),
        settle: this.#settle,
      },
      this.#state.labels.keys(),
    )
    return this.#standing
  }

  #sources(world: Observed): Omit<ViewSources, 'at' | 'withRoutes' | 'withServices' | 'speaker'> {
    return {
      book: this.#state.book,
      ours: { asn: world.config.asn, addresses: this.#state.addresses },
      label: (peer) => this.#state.labels.label(peer),
      withdrawn: (key) => this.#state.withdrawn.get(key),
    }
  }

  /** Routes and expectations of now, sorted the way rules look at them. */
  view(world: Observed, at: Micros = world.lastEvent.at): View {
    this.#readUnread(world)
    return this.#view(world, at, true)
  }

  /** The same without routes: for questions about sessions and expectations, and single prefixes. O(peers + expected). */
  sight(world: Observed, at: Micros = world.lastEvent.at): View {
    this.#readUnread(world)
    return this.#view(world, at, false)
  }

  #view(world: Observed, at: Micros, withRoutes: boolean): View {
    const withServices = servicesAreRead(world.resources)
    return makeView({ ...this.#sources(world), at, withRoutes, withServices, speaker: world.speaker })
  }

  /** The node of a peer, as last known. */
  nodeOf(peer: string): string | undefined {
    return this.#state.labels.label(peer).node
  }

  label(peer: string): PeerLabel {
    return this.#state.labels.label(peer)
  }

  /** What probes and the census saw. */
  get probes(): ProbeBook {
    return this.#state.probes
  }

  /** What the objects amount to: allocations, expectations, former owners. */
  get book(): ClusterBook {
    return this.#state.book
  }

  get addresses(): ReadonlySet<string> {
    return this.#state.addresses
  }

  /** JSON, for a checkpoint. */
  snapshot(): unknown {
    if (this.#unread?.snapshot !== undefined) return this.#unread.snapshot
    return this.#state.snapshot()
  }

  /** Until an object of a node was seen no route is judged, so when it changed need not be known. */
  #judgesRoutes(): boolean {
    return this.#state.book.nodes.size > 0 || this.#state.book.former.size > 0
  }

  #changedAt(at: Micros): void {
    this.#state.routesChanged = at
    if (!this.#judgesRoutes()) this.#unsettled = true
  }

  #routes(batch: RouteBatch, event: StreamEvent, world: Observed): void {
    if (!batch.isChange) {
      if (this.#state.withdrawn.size === 0) return
    } else this.#changedAt(event.at)
    if (this.#judgesRoutes()) for (const news of batch) this.#news(news, event, world)
  }

  /** From now on routes are judged: those that changed a moment ago have not settled. */
  #settleRecent(at: Micros, world: Observed): void {
    if (this.#state.routesChanged + this.#settle <= at) return
    for (const peer of world.speaker.peers())
      for (const route of world.speaker.routes(peer.key))
        if (isUnicast(route.family) && route.since + this.#settle > at)
          this.#state.settling.change(route.prefix, route.since)
  }

  #news(news: News, event: StreamEvent, world: Observed): void {
    switch (news.news) {
      case 'peer-bound': {
        const peer = world.speaker.peer(news.peer)
        if (peer !== undefined) this.#identify(peer, event, world)
        this.#state.identifiers.take(news, peer, event.at, event.seq)
        return
      }
      case 'identifier-changed':
        this.#state.identifiers.take(news, world.speaker.peer(news.peer), event.at, event.seq)
        return
      case 'peer-forgotten':
        this.#state.labels.forget(news.peer)
        this.#state.identifiers.take(news, undefined, event.at, event.seq)
        return
      case 'route-announced': {
        if (!isUnicast(news.family)) return
        if (news.change !== 'same') this.#changedAt(event.at)
        if (!this.#judgesRoutes()) return
        if (this.#state.withdrawn.delete(prefixKey(news.prefix)))
          this.#standing?.prefixChanged(prefixKey(news.prefix))
        // The same route again is no change: GoBGP repeats all routes of a node when one of them changes.
        if (news.change !== 'same') this.#state.settling.change(news.prefix, event.at)
        return
      }
      case 'route-withdrawn': {
        if (!isUnicast(news.family) || !news.existed) return
        this.#changedAt(event.at)
        if (!this.#judgesRoutes()) return
        this.#state.settling.change(news.prefix, event.at)
        const key = prefixKey(news.prefix)
        if (this.#state.book.table.owners(key).size === 0) return
        const node = this.nodeOf(news.peer) ?? world.speaker.peer(news.peer)?.identifier ?? news.peer
        this.#state.withdrawn.set(key, {
          prefix: news.prefix,
          node,
          at: event.at,
          event: event.seq,
          cause: news.cause,
        })
        return
      }
      default:
        return
    }
  }

  #changed(changes: Changes, event: StreamEvent, world: Observed): void {
    for (const prefix of changes.prefixes) {
      this.#state.settling.change(prefix, event.at)
      const key = prefixKey(prefix)
      if (this.#state.book.table.owners(key).size === 0) this.#state.withdrawn.delete(key)
    }
    for (const prefix of changes.vips.settle) this.#state.settling.change(prefix, event.at)
    for (const key of changes.vips.reword) this.#standing?.prefixChanged(key)
    this.#standing?.nodesChanged(changes.nodes, changes.prefixes.length > 0)
    for (const key of this.#state.labels.withTraits(changes.traits)) {
      const peer = world.speaker.peer(key)
      if (peer !== undefined) this.#identify(peer, event, world)
    }
  }

  /** A peer that turns out to be another node changes what is expected of all its routes. */
  #identify(peer: PeerView, event: StreamEvent, world: Observed): void {
    if (!this.#state.labels.identify(peer, this.#state.book.identity, event.at, event.seq)) return
    this.#standing?.labelChanged(peer.key)
    if (!this.#judgesRoutes()) return
    for (const route of world.speaker.routes(peer.key))
      if (isUnicast(route.family)) this.#state.settling.change(route.prefix, event.at)
  }

  #ourAddress(address: string | undefined): void {
    if (address === undefined || this.#state.addresses.has(address)) return
    this.#state.addresses.add(address)
    this.#standing?.allChanged()
  }

  #newState(): CheckState {
    return new CheckState(new Settling(this.#settle, (key) => this.#standing?.prefixChanged(key)))
  }

  #reset(): void {
    this.#standing = undefined
    this.#state = this.#newState()
    this.#unread = undefined
    this.#lost = false
  }

  /** A checkpoint is news only after a gap, or to who reads from it on. */
  #checkpoint(check: unknown, world: Observed): void {
    if (!this.#lost && this.#state.book.nodes.size + this.#state.addresses.size > 0)
      return this.#state.settling.advance(world.lastEvent.at)
    this.#reset()
    this.#load(world, readSnapshot(check))
  }

  #readUnread(world: Observed): void {
    if (this.#unread !== undefined) this.#load(world, this.#unread.snapshot)
  }

  #load(world: Observed, snapshot: CheckSnapshot | undefined): void {
    this.#unread = undefined
    this.#standing = undefined
    const { seq, at } = world.lastEvent
    this.#state.routesChanged = snapshot?.changed ?? at
    this.#state.book.load(world.objects, { at, event: seq })
    if (snapshot !== undefined) this.#state.restore(snapshot)
    for (const peer of world.speaker.peers()) {
      this.#ourAddress(peer.last.local.address)
      this.#state.labels.identify(peer, this.#state.book.identity, at, seq)
    }
  }
}
