// View → verdict: asks the rules of the table and dresses what they find.
import { comparePrefixes } from '../ip/arithmetic.ts'
import { formatPrefix } from '../ip/text.ts'
import type { Prefix } from '../ip/prefix.ts'
import type { PrefixKey } from '../expected/allocation.ts'
import { familyName } from '../wire/families.ts'
import type { Micros } from '../speaker/contract.ts'
import type { SeenProblem } from './cluster-book.ts'
import type { Finding, NotJudged, Verdict } from './finding.ts'
import { NearRoutes } from './near.ts'
import { whyNotJudged } from './not-judged.ts'
import type { Due } from './our-ends.ts'
import type { LabelledPeer } from './peer-labels.ts'
import type { ClaimRule, DueRule, ObjectRule, PeerRule, Rule, Ruling } from './rules/rule.ts'
import { RULES } from './rules/table.ts'
import { firstOf } from './words.ts'
import type { Claim, View } from './view.ts'

export interface Case {
  readonly view: View
  readonly peers: readonly LabelledPeer[]
  readonly problems: Iterable<SeenProblem>
  readonly nodes: number
  readonly unreadable: string | undefined
  readonly caveats: readonly string[]
  /** False when no object of a node was ever seen: then routes are not judged at all. */
  readonly hasObjects: boolean
  /** When a prefix settles; undefined when it has. */
  settles(key: PrefixKey): Micros | undefined
}

type Unsettled = Verdict['unsettled'][number]

/** Judges everything there is at one instant. */
export function judge(facts: Case): Verdict {
  const { view } = facts
  const near = new NearRoutes(view)
  const prefixes = new PrefixTexts()
  const findings: Finding[] = []
  const notJudged: NotJudged[] = []
  const unsettled: Unsettled[] = []
  const judged = facts.hasObjects ? view.claims : []

  for (const claim of judged) {
    const until = facts.settles(claim.key)
    const reason = until === undefined ? whyNotJudged(claim, view, facts.unreadable) : undefined
    if (until !== undefined) unsettled.push({ node: claim.node, prefix: formatPrefix(claim.prefix), until })
    else if (reason !== undefined)
      notJudged.push({ node: claim.node, prefix: formatPrefix(claim.prefix), reason })
    else
      findings.push(
        ...first(
          rules('claim'),
          (rule) => rule.judge(claim, view),
          (rule, ruling) => ofClaim(rule, ruling, claim, near),
        ),
      )
  }
  for (const due of view.due) {
    const until = facts.settles(due.key)
    if (until === undefined)
      findings.push(
        ...first(
          rules('due'),
          (rule) => rule.judge(due, view),
          (rule, ruling) => ofDue(rule, ruling, due, view, near),
        ),
      )
    else if (!view.announcers(due.key).some(({ node }) => node === due.node))
      unsettled.push({ node: due.node, prefix: formatPrefix(due.prefix), until })
  }
  for (const labelled of facts.peers)
    findings.push(
      ...first(
        rules('peer'),
        (rule) => rule.judge(labelled),
        (rule, ruling) => ofPeer(rule, ruling, labelled),
      ),
    )
  for (const problem of facts.problems)
    findings.push(
      ...first(
        rules('object'),
        (rule) => rule.judge(problem),
        (rule, ruling) => ofObject(rule, ruling, problem),
      ),
    )

  return {
    at: view.at,
    findings: findings.sort(byPlace(prefixes)),
    notJudged: notJudged.sort(byNodeAndPrefix(prefixes)),
    unsettled: unsettled.sort(byNodeAndPrefix(prefixes)),
    checked: {
      nodes: facts.nodes,
      peers: view.peers.length,
      routes: judged.length,
      expected: view.due.length,
    },
    caveats: facts.caveats,
    known: true,
  }
}

function rules<On extends Rule['on']>(on: On): readonly Extract<Rule, { on: On }>[] {
  return RULES.filter((rule): rule is Extract<Rule, { on: On }> => rule.on === on)
}

function first<R extends Rule>(
  list: readonly R[],
  ask: (rule: R) => Ruling | undefined,
  dress: (rule: R, ruling: Ruling) => Finding,
): readonly Finding[] {
  for (const rule of list) {
    const ruling = ask(rule)
    if (ruling !== undefined) return [dress(rule, ruling)]
  }
  return []
}

function ofClaim(rule: ClaimRule, ruling: Ruling, claim: Claim, near: NearRoutes): Finding {
  const { peer, session, route } = firstOf(claim)
  return {
    ...common(rule, ruling),
    node: claim.node,
    peer: peer.key,
    session: session.session,
    family: familyName(route.family),
    prefix: formatPrefix(claim.prefix),
    near: near.near(claim.prefix, ruling.owner, claim.node),
  }
}

function ofDue(rule: DueRule, ruling: Ruling, due: Due, view: View, near: NearRoutes): Finding {
  const peers = view.peersOf(due.node)
  const peer = peers.find((candidate) => candidate.established !== undefined) ?? peers[0]
  return {
    ...common(rule, ruling),
    node: due.node,
    peer: peer?.key,
    session: peer?.established?.session,
    family: familyName({ afi: due.prefix.afi, safi: 1 }),
    prefix: formatPrefix(due.prefix),
    near: near.near(due.prefix, due.node, undefined),
  }
}

function ofPeer(rule: PeerRule, ruling: Ruling, { peer, label }: LabelledPeer): Finding {
  const session = (peer.established ?? peer.last).session
  return { ...common(rule, ruling), node: label.node ?? peer.identifier, peer: peer.key, session, ...noRoute }
}

const NODE_KINDS: ReadonlySet<string> = new Set([
  'Node',
  'CiliumNode',
  'CiliumBGPNodeConfig',
  'CiliumBGPNodeConfigOverride',
])

function ofObject(rule: ObjectRule, ruling: Ruling, { problem }: SeenProblem): Finding {
  const node = NODE_KINDS.has(problem.kind) ? problem.name : `${problem.kind}/${problem.name}`
  return { ...common(rule, ruling), node, peer: undefined, session: undefined, ...noRoute }
}

const noRoute = { family: undefined, prefix: undefined, near: [] } as const

function common(
  rule: Rule,
  ruling: Ruling,
): Pick<
  Finding,
  'code' | 'severity' | 'since' | 'evidence' | 'summary' | 'owner' | 'cause' | 'impact' | 'remedy'
> {
  const { since, evidence, summary, owner, cause, impact, remedy } = ruling
  return { code: rule.code, severity: rule.severity, since, evidence, summary, owner, cause, impact, remedy }
}

/** The stable order of output: node, family, prefix; findings about peers and objects come first at their node. */
function byPlace(prefixes: PrefixTexts): (a: Finding, b: Finding) => number {
  return (a, b) =>
    compareText(a.node, b.node) ||
    compareText(a.family ?? '', b.family ?? '') ||
    prefixes.compare(a.prefix, b.prefix) ||
    compareText(a.code, b.code) ||
    compareText(a.summary, b.summary)
}

function byNodeAndPrefix(prefixes: PrefixTexts): (a: NotJudged | Unsettled, b: NotJudged | Unsettled) => number {
  return (a, b) => compareText(a.node, b.node) || prefixes.compare(a.prefix, b.prefix)
}

/** Prefixes by the text that stands for them in findings, so that sorting need not read it again. */
class PrefixTexts {
  readonly #prefixes = new Map<string, Prefix>()

  text(prefix: Prefix): string {
    const text = formatPrefix(prefix)
    this.#prefixes.set(text, prefix)
    return text
  }

  /** Findings without a prefix come first. */
  compare(a: string | undefined, b: string | undefined): number {
    if (a === b) return 0
    const [first, second] = [this.#prefixes.get(a ?? ''), this.#prefixes.get(b ?? '')]
    if (first === undefined || second === undefined) return first === second ? 0 : first === undefined ? -1 : 1
    return comparePrefixes(first, second)
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
