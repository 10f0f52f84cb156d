// toHaveFindings: certain findings, or any.
import { plural } from '../../core/errors/plural.ts'
import type { Finding, FindingCode } from '../../core/check/finding.ts'
import type { State } from '../../harness/contract.ts'
import { stateUnknown } from './certainty.ts'
import {
  claim,
  holds,
  misused,
  nearTo,
  refuted,
  ROUTES,
  undecided,
  type ClaimOptions,
  type Outcome,
} from './claim.ts'
import { findingLines, storyOf, strangeCode, wantedBy, worstFirst } from './cluster.ts'
import { readPrefix } from './select.ts'

/** A finding as far as it matters. */
export interface FindingLike {
  readonly code?: FindingCode | undefined
  readonly node?: string | undefined
  readonly prefix?: string | undefined
  readonly owner?: string | undefined
  readonly severity?: Finding['severity'] | undefined
}

export type WantedFinding = FindingCode | FindingLike

export interface FindingsOptions extends ClaimOptions {
  /** No others than these. */
  readonly exactly?: boolean | undefined
}

const KEYS: readonly string[] = ['code', 'node', 'prefix', 'owner', 'severity']

const likeOf = (wanted: WantedFinding): FindingLike =>
  typeof wanted === 'string' ? { code: wanted } : wanted

const words = (wanted: WantedFinding): string => {
  const { code, node, prefix, owner, severity } = likeOf(wanted)
  const parts = [severity, node, prefix, code ?? 'a finding'].filter((part) => part !== undefined)
  return `${parts.join(' ')}${owner === undefined ? '' : ` (owner ${owner})`}`
}

/** As findings have it. */
const usual = (prefix: string): string => {
  const read = readPrefix(prefix)
  return 'bad' in read ? prefix : read.prefix
}

function matches(finding: Finding, wanted: WantedFinding): boolean {
  const { prefix, ...rest } = likeOf(wanted)
  return (
    (prefix === undefined || finding.prefix === usual(prefix)) &&
    Object.entries(rest).every(([key, value]) => value === undefined || finding[key as 'code'] === value)
  )
}

/** Each wanted one takes a finding of its own: two that are alike want two. */
function assigned(
  findings: readonly Finding[],
  wanted: readonly WantedFinding[],
): readonly (Finding | undefined)[] {
  const free = new Set(findings)
  return wanted.map((one) => {
    const found = [...free].find((finding) => matches(finding, one))
    if (found !== undefined) free.delete(found)
    return found
  })
}

function problem(wanted: readonly WantedFinding[]): Outcome | undefined {
  for (const one of wanted) {
    const like = likeOf(one)
    const strange =
      like.code === undefined ? undefined : strangeCode(like.code, `; keys are ${KEYS.join(', ')}`)
    if (strange !== undefined) return strange
    const key = Object.keys(like).find((key) => !KEYS.includes(key))
    if (key !== undefined)
      return misused(`a finding has no "${key}" that could be asked for`, `Keys are ${KEYS.join(', ')}.`)
    const prefix = like.prefix === undefined ? undefined : readPrefix(like.prefix)
    if (prefix !== undefined && 'bad' in prefix) return prefix.bad
  }
  return undefined
}

const listOf = (wanted: WantedFinding | readonly WantedFinding[] | undefined): readonly WantedFinding[] =>
  wanted === undefined
    ? []
    : Array.isArray(wanted)
      ? (wanted as readonly WantedFinding[])
      : [wanted as WantedFinding]

export const toHaveFindings = claim<
  [wanted?: WantedFinding | readonly WantedFinding[], options?: FindingsOptions]
>({
  name: 'toHaveFindings',
  // One finding may stand where the options would.
  options: ['exactly', ...KEYS],
  patience: ROUTES,
  words: (given, options = {}) => {
    const wanted = listOf(given)
    if (wanted.length === 0) return ['there are findings', 'there is no finding']
    const list = wanted.map(words).join(', ')
    return [
      options.exactly === true
        ? `there are exactly these findings: ${list}`
        : `there are these findings: ${list}`,
      options.exactly === true
        ? `the findings are not exactly these: ${list}`
        : `there is none of these findings: ${list}`,
    ]
  },
  state(state: State, given, options = {}): Outcome {
    const wanted = listOf(given)
    const wrong = problem(wanted)
    if (wrong !== undefined) return wrong
    const verdict = state.verdict()
    const unsure = stateUnknown(state)
    if (unsure !== undefined) return unsure
    const findings = worstFirst(verdict.findings)
    const there =
      wanted.length === 0 ? findings : assigned(findings, wanted).filter((one) => one !== undefined)
    const others = findings.filter((finding) => !there.includes(finding))
    const missing = wanted.filter((_, at) => assigned(findings, wanted)[at] === undefined)
    const about = storyOf(findings)
    const listed = [plural(findings.length, 'finding'), ...findingLines(findings)]
    const complete = wanted.length === 0 ? there.length > 0 : missing.length === 0
    const exact = options.exactly === true
    // What is not judged yet may be one more.
    if (complete && !(exact && others.length + verdict.unsettled.length > 0))
      return {
        ...holds(...listed),
        cause: there[0]?.cause,
        impact: there[0]?.impact,
        hint: there[0]?.remedy,
        about,
      }
    if (verdict.checked.expected === 0 && findings.length === 0)
      return {
        ...undecided(
          'nothing to check: no object says what anybody should announce to this router',
          ...verdict.caveats,
        ),
        hint: 'Give startRouter an `expected` source: fromCluster({ context }), fromObjects(directory).',
      }
    if (verdict.unsettled.length > 0)
      return undecided(
        `${plural(verdict.unsettled.length, 'route')} changed a moment ago and ${verdict.unsettled.length === 1 ? 'is' : 'are'} not judged yet`,
        ...verdict.unsettled.slice(0, 5).map(({ node, prefix }) => `${node}  ${prefix}`),
      )
    if (wanted.length === 0) return refuted('no finding')
    const found = [
      ...(missing.length > 0
        ? [`not found: ${missing.map(words).join(', ')}`]
        : [`${plural(others.length, 'finding')} more than wanted`]),
      ...listed,
    ]
    const first = missing.map(likeOf).find(({ prefix }) => prefix !== undefined)
    return {
      says: options.exactly !== true && there.length > 0 ? 'partly' : 'refuted',
      found,
      about,
      ...(first?.prefix === undefined
        ? others[0]?.prefix === undefined
          ? {}
          : { near: nearTo(state, wantedBy(others[0])) }
        : {
            near: nearTo(state, { prefix: usual(first.prefix), node: first.node }),
          }),
    }
  },
})
