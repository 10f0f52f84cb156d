// Releases and ranges of them.

/** Compares dotted numbers: negative if a is the older one. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/**
 * Whether the release lies in the range: ">=1.20", "<1.20", ">=1.18 <1.20", "*". Only as many numbers are compared as the
 * range has, so that "<=1.19" takes 1.19.7 in.
 */
export function inRange(range: string, version: string): boolean {
  if (range === '*') return true
  return range.split(' ').every((part) => {
    const match = /^(>=|<=|>|<|=)(\d+(?:\.\d+)*)$/.exec(part)
    if (match === null) throw new Error(`no range of releases: "${range}"`)
    const [, sign = '', bound = ''] = match
    const cut = version.split('.').slice(0, bound.split('.').length).join('.')
    const order = compareVersions(cut, bound)
    return { '>=': order >= 0, '<=': order <= 0, '>': order > 0, '<': order < 0, '=': order === 0 }[sign]!
  })
}

/** What is expected of some releases, and where that comes from. */
export interface Expectation<T> {
  readonly versions: string
  readonly value: T
  readonly source: string
}

/** The first expectation that applies to the release; undefined where none does. */
export const expectationFor = <T>(
  expectations: readonly Expectation<T>[],
  version: string,
): Expectation<T> | undefined => expectations.find(({ versions }) => inRange(versions, version))
