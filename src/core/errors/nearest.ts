// What somebody may have meant who gave a name that there is not.

/** Up to a third of the letters may be wrong, but never all of them. */
const isNear = (distance: number, length: number): boolean =>
  distance < length && distance <= Math.max(1, Math.floor(length / 3))

/** Insertions, deletions, replacements and swaps of neighbours between two texts. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, before[j - 2]! + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length]!
}

/** The names that come nearest to a wrong one, the nearest first; none when all are far from it. */
export function nearest(wrong: string, names: Iterable<string>, most = 3): readonly string[] {
  const lower = wrong.toLowerCase()
  return [...new Set(names)]
    .map((name) => ({ name, distance: editDistance(lower, name.toLowerCase()) }))
    .filter(({ name, distance }) => isNear(distance, Math.max(name.length, wrong.length)))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name)
}

/** "did you mean node01 or node02?", or undefined when no name is near. */
export function didYouMean(wrong: string, names: Iterable<string>): string | undefined {
  const near = nearest(wrong, names)
  return near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`
}
