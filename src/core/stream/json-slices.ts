// Large values as JSON, a piece at a time: a table of a million routes is some 200 MB of text, and making it in one go
// would stop everything for seconds.
import { LazyList } from '../memory/lazy-list.ts'

/** Items of a lazy list that become one piece: routes take 40 KB or so. */
const BATCH = 200

/**
 * What JSON.stringify makes of a value, in pieces. Lazy lists are read as the pieces are taken, in batches; anything
 * else is plain data, of which a piece is a leaf.
 */
export function* jsonSlices(value: unknown): Generator<string, void, undefined> {
  if (value instanceof LazyList) yield* batches(value)
  else if (Array.isArray(value)) {
    let before = '['
    for (const item of value) {
      yield before
      yield* jsonSlices(item ?? null)
      before = ','
    }
    yield before === '[' ? '[]' : ']'
  } else if (typeof value === 'object' && value !== null) {
    let before = '{'
    for (const [key, field] of Object.entries(value)) {
      if (field === undefined) continue
      yield `${before}${JSON.stringify(key)}:`
      yield* jsonSlices(field)
      before = ','
    }
    yield before === '{' ? '{}' : '}'
  } else yield JSON.stringify(value)
}

function* batches(list: LazyList<unknown>): Generator<string> {
  let before = '['
  let batch: unknown[] = []
  for (const item of list) {
    if (batch.push(item) < BATCH) continue
    yield before + JSON.stringify(batch).slice(1, -1)
    batch = []
    before = ','
  }
  if (batch.length > 0) yield before + JSON.stringify(batch).slice(1, -1)
  yield before === '[' && batch.length === 0 ? '[]' : ']'
}
