// Whether two versions of this program understand each other, by the rule of semantic versioning.

/** In every answer, so that whoever asks learns before it reads on that the other side is of another version. */
export const VERSION_HEADER = 'routewitness-version'

/** How two versions go together. Before 1.0.0 the second number counts as the first does later. */
export type Agreement = 'same' | 'compatible' | 'incompatible'

export function agreement(ours: string, theirs: string): Agreement {
  if (ours === theirs) return 'same'
  const [a, b] = [numbersOf(ours), numbersOf(theirs)]
  if (a === undefined || b === undefined || a.major !== b.major) return 'incompatible'
  return a.major === 0 && a.minor !== b.minor ? 'incompatible' : 'compatible'
}

function numbersOf(version: string): { readonly major: number; readonly minor: number } | undefined {
  const match = /^(\d+)\.(\d+)\.\d+/.exec(version)
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) }
}
