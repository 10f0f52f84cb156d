// toMatchCluster: what is announced is what the cluster allocates, no more and no less.
import { plural } from '../../core/errors/plural.ts'
import type { Finding, FindingCode } from '../../core/check/finding.ts'
import { DATA_PLANE_FINDINGS, PEER_FINDINGS, ROUTE_FINDINGS } from '../../core/check/finding.ts'
import { didYouMean } from '../../core/errors/nearest.ts'
import type { State } from '../../harness/contract.ts'
import { stateUnknown } from './certainty.ts'
import { claim, holds, misused, nearTo, ROUTES, undecided, type ClaimOptions, type Outcome } from './claim.ts'
import { select, unknownNode } from './select.ts'

export interface ClusterOptions extends ClaimOptions {
  /** Only what these nodes announce and should announce. */
  readonly node?: string | readonly string[] | undefined
  /** Findings of these codes are allowed: ['stale'] while a node restarts. */
  readonly allow?: readonly FindingCode[] | undefined
}

const CODES: readonly string[] = [...ROUTE_FINDINGS, ...PEER_FINDINGS, ...DATA_PLANE_FINDINGS]

/** What is wrong with the code of a finding, and what may have been meant. @param more what else may be given, for the hint */
export function strangeCode(code: string, more = ''): Outcome | undefined {
  if (CODES.includes(code)) return undefined
  const meant = didYouMean(code, CODES)
  return misused(
    `there is no finding "${code}"${meant === undefined ? '' : ` (${meant})`}`,
    `Findings are ${CODES.join(', ')}${more}.`,
  )
}

/** Lines for the first findings, and how many more there are. */
const SHOWN = 5

export function findingLines(findings: readonly Finding[]): readonly string[] {
  const lines = findings
    .slice(0, SHOWN)
    .map(
      ({ node, prefix, code, summary }) => `${[node, prefix, code].filter(Boolean).join('  ')}: ${summary}`,
    )
  return findings.length > SHOWN ? [...lines, `and ${findings.length - SHOWN} more`] : lines
}

/** What explains the others stands first: that a route is missing often follows from who else announces what. */
export const worstFirst = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings].sort((a, b) => CODES.indexOf(a.code) - CODES.indexOf(b.code))

/** The events that findings rest on, and those of their routes and sessions. */
export function storyOf(findings: readonly Finding[]): Outcome['about'] {
  const numbers = new Set(findings.flatMap(({ evidence }) => evidence))
  const routes = new Set(findings.map(({ node, prefix }) => `${node} ${prefix}`))
  const nodes = new Set(findings.map(({ node }) => node))
  return (row) =>
    row.type !== 'finding' &&
    row.type !== 'message' &&
    (numbers.has(row.seq) ||
      (row.prefix !== undefined && routes.has(`${row.node} ${row.prefix}`)) ||
      ((row.type === 'closed' || row.type === 'stale') && row.node !== undefined && nodes.has(row.node)))
}

/** What a finding asks for: the route as it should be. */
export const wantedBy = ({ prefix, owner, node }: Finding): { prefix?: string; node?: string } => ({
  ...(prefix === undefined ? {} : { prefix }),
  node: owner ?? node,
})

/** Those of the nodes, and those of others that announce what is theirs: then they do not announce it, or it would be a duplicate. */
const findingsAbout = (
  findings: readonly Finding[],
  nodes: readonly string[] | undefined,
): readonly Finding[] =>
  nodes === undefined
    ? findings
    : findings.filter(
        ({ node, owner, code }) =>
          nodes.includes(node) || (code === 'wrong-owner' && owner !== undefined && nodes.includes(owner)),
      )

const wordsOf = ({ node }: ClusterOptions = {}): string =>
  node === undefined ? 'every node' : [node].flat().join(', ')

export const toMatchCluster = claim<[options?: ClusterOptions]>({
  name: 'toMatchCluster',
  options: ['node', 'allow'],
  patience: ROUTES,
  words: (options) => [
    `${wordsOf(options)} announces exactly what the cluster allocates to it`,
    `${options?.node === undefined ? 'some node' : wordsOf(options)} announces something else than what the cluster allocates to it`,
  ],
  state(state: State, options = {}): Outcome {
    const selection = select({ node: options.node })
    if ('bad' in selection) return selection.bad
    for (const code of options.allow ?? []) {
      const strange = strangeCode(code)
      if (strange !== undefined) return strange
    }
    const unsure = stateUnknown(state) ?? unknownNode(state, selection.nodes)
    if (unsure !== undefined) return unsure
    const of = <Row extends { readonly node: string }>(rows: readonly Row[]): readonly Row[] =>
      selection.nodes === undefined ? rows : rows.filter(({ node }) => selection.nodes!.includes(node))
    const verdict = state.verdict()
    // Rows of a whole cluster are many, and the verdict has counted them.
    const [routes, expected] =
      selection.nodes === undefined
        ? [verdict.checked.routes, verdict.checked.expected]
        : [
            of(state.routes().map((route) => ({ node: route.node ?? '' }))).length,
            of(state.expected()).length,
          ]
    if (expected === 0)
      return {
        ...undecided(
          `nothing to check: no object says what ${selection.nodes === undefined ? 'anybody' : selection.nodes.join(', ')} should announce to this router`,
          ...verdict.caveats,
        ),
        hint: 'Give startRouter an `expected` source: fromCluster({ context }), fromObjects(directory).',
      }
    const findings = worstFirst(findingsAbout(verdict.findings, selection.nodes)).filter(
      ({ code, severity }) => severity !== 'info' && options.allow?.includes(code) !== true,
    )
    const compared = `${plural(routes, 'route')} compared with ${expected} expected`
    const unsettled = of(verdict.unsettled)
    if (findings.length > 0) {
      const [first] = findings
      return {
        says: 'refuted',
        found: [`${plural(findings.length, 'finding')}: ${compared}`, ...findingLines(findings)],
        cause: first!.cause,
        impact: first!.impact,
        hint: first!.remedy,
        about: storyOf(findings),
        ...(first!.prefix === undefined ? {} : { near: nearTo(state, wantedBy(first!)) }),
      }
    }
    if (unsettled.length > 0)
      return {
        ...undecided(
          `no finding so far, but ${plural(unsettled.length, 'route')} changed a moment ago and ${unsettled.length === 1 ? 'is' : 'are'} not judged yet`,
          ...unsettled.slice(0, SHOWN).map(({ node, prefix }) => `${node}  ${prefix}`),
        ),
        hint: 'Await the claim on the running router, or wait until router.settled(); `settle` says how long a change must stand.',
      }
    // Without a finding all that is announced is expected.
    const prefixes =
      selection.nodes === undefined ? undefined : new Set(of(state.expected()).map(({ prefix }) => prefix))
    return {
      ...holds(`no finding: ${compared}`),
      about: (row) => row.type === 'announce' && prefixes?.has(row.prefix ?? '') !== false,
    }
  },
})
