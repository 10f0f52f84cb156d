// View → verdict: asks the rules of the table and dresses what they find.
import { comparePrefixes } from '../ip/arithmetic.ts'
import { formatPrefix, parsePrefix } from '../ip/text.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { PrefixKey } from '../expected/allocation.ts'
import { STATIC_KIND } from '../expected/static-node.ts'
import { familyName } from '../wire/families.ts'
import type { Micros } from '../speaker/contract.ts'
import type { SeenProblem } from './cluster-book.ts'
import type { Finding, NotJudged, Verdict } from './finding.ts'
import { NearRoutes, sortedByPrefix } from './near.ts'
import { whyNotJudged } from './not-judged.ts'
import type { Due } from './our-ends.ts'
import type { LabelledPeer } from './peer-labels.ts'
import type { ClaimRule, DueRule, ObjectRule, PeerRule, Rule, Ruling } from './rules/rule.ts'
import { RULES } from './rules/table.ts'
import { judgeVip, unservedSince, type VipVerdict } from './vip.ts'
import { firstOf, onlyStale } from './words.ts'
import type { Claim, View } from './view.ts'

/** What routes are judged by. */
export interface RouteCase {
  readonly view: View
  readonly unreadable: string | undefined
  /** When a prefix settles; undefined when it has. */
  settles(key: PrefixKey): Micros | undefined
  readonly settle: Micros
}

export interface Case extends RouteCase {
  readonly peers: readonly LabelledPeer[]
  readonly problems: Iterable<SeenProblem>
  readonly nodes: number
  /** What probes and the census found. */
  readonly probed: Iterable<Finding>
  readonly caveats: readonly string[]
  /** False when no object of a node was ever seen: then routes are not judged at all. */
  readonly hasObjects: boolean
}

type Unsettled = Verdict['unsettled'][number]

/** A rule and what it found. */
interface Found<R extends Rule> {
  readonly rule: R
  readonly ruling: Ruling
}

const CLAIM_RULES = rulesOn('claim')
const DUE_RULES = rulesOn('due')
const PEER_RULES = rulesOn('peer')
const OBJECT_RULES = rulesOn('object')

/** Judges everything there is at one instant, from scratch: `./standing.ts` gives the same, and keeps what it found. */
export function judge(facts: Case): Verdict {
  const { view } = facts
  const claims = facts.hasObjects ? view.claims : []
  const { findings, notJudged, unsettled } = judgeRoutes(claims, view.due, facts)
  findings.push(...judgeOthers(facts.peers, facts.problems), ...facts.probed)
  const prefixes = new PrefixTexts()
  const near = new NearRoutes(view, () => sortedByPrefix(view.claims))
  return {
    at: view.at,
    findings: withNear(findings.sort(byPlace(prefixes)), near),
    notJudged: notJudged.sort(byNodeAndPrefix(prefixes)),
    unsettled: unsettled.sort(byNodeAndPrefix(prefixes)),
    checked: {
      nodes: facts.nodes,
      peers: view.peers.length,
      routes: claims.length,
      expected: view.due.length,
    },
    caveats: facts.caveats,
    known: true,
  }
}

/** What is found about routes; in no order. */
export interface Judged {
  readonly findings: Finding[]
  readonly notJudged: NotJudged[]
  readonly unsettled: Unsettled[]
}

/** Judges these announced and due routes. */
export function judgeRoutes(claims: readonly Claim[], dues: readonly Due[], facts: RouteCase): Judged {
  const { view } = facts
  const findings: Finding[] = []
  const notJudged: NotJudged[] = []
  const unsettled: Unsettled[] = []
  for (const claim of claims) {
    const { node } = claim
    const vip = judgeVip(claim, view)
    const until = settlesAt(claim, vip, facts)
    if (until !== undefined) {
      unsettled.push({ node, prefix: formatPrefix(claim.prefix), until })
      continue
    }
    if (vip?.is === 'served' && !claim.conflicted && !onlyStale(claim)) continue
    const reason = whyNotJudged(claim, view, vip, facts.unreadable)
    if (reason !== undefined) notJudged.push({ node, prefix: formatPrefix(claim.prefix), reason })
    else
      for (const found of first(CLAIM_RULES, (rule) => rule.judge(claim, view)))
        findings.push(ofClaim(found, claim))
  }
  for (const due of dues) {
    const until = facts.settles(due.key)
    if (until !== undefined) {
      const announces = view.announcers(due.key).some(({ node }) => node === due.node)
      if (!announces) unsettled.push({ node: due.node, prefix: formatPrefix(due.prefix), until })
      continue
    }
    for (const found of first(DUE_RULES, (rule) => rule.judge(due, view)))
      findings.push(ofDue(found, due, view))
  }
  return { findings, notJudged, unsettled }
}

/**
 * When a route settles; undefined when it has. Whether a node has an endpoint for an address depends on nothing that other
 * nodes announce: one that flaps does not put it off.
 */
function settlesAt(claim: Claim, vip: VipVerdict | undefined, facts: RouteCase): Micros | undefined {
  const until = facts.settles(claim.key)
  if (until === undefined || vip?.is !== 'unserved') return until
  const own = unservedSince(claim, vip.uses) + facts.settle
  return own > facts.view.at ? Math.min(own, until) : undefined
}

/** Judges peers and objects. */
export function judgeOthers(peers: Iterable<LabelledPeer>, problems: Iterable<SeenProblem>): Finding[] {
  const findings: Finding[] = []
  for (const peer of peers)
    for (const found of first(PEER_RULES, (rule) => rule.judge(peer))) findings.push(ofPeer(found, peer))
  for (const problem of problems)
    for (const found of first(OBJECT_RULES, (rule) => rule.judge(problem)))
      findings.push(ofObject(found, problem))
  return findings
}

/** Nobody reads the neighbours of more findings than this, and finding them costs more than all rules together. */
const WITH_NEAR = 1000

/** Findings in their order, the first of them with the routes that come nearest. */
export function withNear(findings: readonly Finding[], near: NearRoutes): readonly Finding[] {
  return findings.map((finding, index) => {
    if (finding.prefix === undefined || index >= WITH_NEAR) return finding
    return { ...finding, near: near.near(parsePrefix(finding.prefix), finding.owner, finding.node) }
  })
}

function rulesOn<On extends Rule['on']>(on: On): readonly Extract<Rule, { on: On }>[] {
  return RULES.filter((rule): rule is Extract<Rule, { on: On }> => rule.on === on)
}

/** What the first rule that finds something finds: at most one. */
function first<R extends Rule>(
  rules: readonly R[],
  ask: (rule: R) => Ruling | undefined,
): readonly Found<R>[] {
  for (const rule of rules) {
    const ruling = ask(rule)
    if (ruling !== undefined) return [{ rule, ruling }]
  }
  return []
}

function ofClaim(found: Found<ClaimRule>, claim: Claim): Finding {
  const { peer, session, route } = firstOf(claim)
  return {
    ...common(found),
    node: claim.node,
    peer: peer.key,
    session: session.session,
    family: familyName(route.family),
    prefix: formatPrefix(claim.prefix),
    near: [],
  }
}

function ofDue(found: Found<DueRule>, due: Due, view: View): Finding {
  const peers = view.peersOf(due.node)
  const peer = peers.find((candidate) => candidate.established !== undefined) ?? peers[0]
  return {
    ...common(found),
    node: due.node,
    peer: peer?.key,
    session: peer?.established?.session,
    family: familyName({ afi: due.prefix.afi, safi: 1 }),
    prefix: formatPrefix(due.prefix),
    near: [],
  }
}

function ofPeer(found: Found<PeerRule>, { peer, label }: LabelledPeer): Finding {
  const session = (peer.established ?? peer.last).session
  return { ...common(found), node: label.node ?? peer.identifier, peer: peer.key, session, ...NO_ROUTE }
}

const NODE_KINDS: ReadonlySet<string> = new Set([
  'Node',
  'CiliumNode',
  'CiliumBGPNodeConfig',
  'CiliumBGPNodeConfigOverride',
  STATIC_KIND,
])

function ofObject(found: Found<ObjectRule>, { problem }: SeenProblem): Finding {
  const node = NODE_KINDS.has(problem.kind) ? problem.name : `${problem.kind}/${problem.name}`
  return { ...common(found), node, peer: undefined, session: undefined, ...NO_ROUTE }
}

const NO_ROUTE = { family: undefined, prefix: undefined, near: [] } as const

type Common = 'code' | 'severity' | 'since' | 'evidence' | 'summary' | 'owner' | 'cause' | 'impact' | 'remedy'

function common({ rule, ruling }: Found<Rule>): Pick<Finding, Common> {
  const { since, evidence, summary, owner, cause, impact, remedy } = ruling
  const { code } = rule
  const severity = ruling.severity ?? rule.severity
  return { code, severity, since, evidence, summary, owner, cause, impact, remedy }
}

/** The stable order of output: node, family, prefix; findings about peers and objects come first at their node. */
export function byPlace(prefixes: PrefixTexts): (a: Finding, b: Finding) => number {
  return (a, b) =>
    compareText(a.node, b.node) ||
    compareText(a.family ?? '', b.family ?? '') ||
    prefixes.compare(a.prefix, b.prefix) ||
    compareText(a.code, b.code) ||
    compareText(a.summary, b.summary) ||
    compareText(a.peer ?? '', b.peer ?? '')
}

export function byNodeAndPrefix(
  prefixes: PrefixTexts,
): (a: NotJudged | Unsettled, b: NotJudged | Unsettled) => number {
  return (a, b) => compareText(a.node, b.node) || prefixes.compare(a.prefix, b.prefix)
}

/** Prefixes by the text that stands for them in findings, so that sorting reads it once. */
export class PrefixTexts {
  readonly #prefixes = new Map<string, Prefix>()

  /** Findings without a prefix come first. */
  compare(a: string | undefined, b: string | undefined): number {
    if (a === b) return 0
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1
    return comparePrefixes(this.#prefix(a), this.#prefix(b))
  }

  #prefix(text: string): Prefix {
    let prefix = this.#prefixes.get(text)
    if (prefix === undefined) this.#prefixes.set(text, (prefix = parsePrefix(text)))
    return prefix
  }
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
