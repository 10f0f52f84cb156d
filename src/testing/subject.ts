// What somebody put into expect(…): a running router, a state, a closed window, or something else, of which we say what it is.
import type { Live, State, Window } from '../harness/contract.ts'
import type { Claim, Kind } from './claims/claim.ts'

export type Subject =
  | { readonly kind: 'live'; readonly live: Live }
  | { readonly kind: 'state'; readonly state: State }
  | { readonly kind: 'window'; readonly window: Window }

/** A trace that was read: a claim about an instant is about its end. */
interface Trace {
  state(): State
}

/** Not what the claim is about. */
export interface Stranger {
  readonly kind: 'wrong'
  readonly what: string
  readonly hint: string
}

const WORDS: Record<Kind, string> = {
  live: 'a running router',
  state: 'a state such as router.state()',
  window: 'a closed window',
}

const has = (value: object, ...names: string[]): boolean =>
  names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')

/** "a string "tor"", "an array", "an object of class Foo". */
function described(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `the string "${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return `the ${typeof value} ${value}`
  if (typeof value !== 'object') return `a ${typeof value}`
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name
  return name === undefined || name === 'Object' ? 'an object' : `an object of class ${name}`
}

/** "a, b or c" */
const either = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

const kindsOf = (claim: Claim): readonly Kind[] => [
  ...(claim.live !== undefined || claim.state !== undefined ? (['live'] as const) : []),
  ...(claim.state === undefined ? [] : (['state'] as const)),
  ...(claim.window === undefined ? [] : (['window'] as const)),
]

function subjectOf(value: unknown): Subject | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if ('live' in value && value.live === true && has(value, 'state', 'changed', 'window'))
    return { kind: 'live', live: value as Live }
  if ('closed' in value && has(value, 'close', 'withdrawals', 'names'))
    return { kind: 'window', window: value as Window }
  if ('live' in value && has(value, 'state', 'window'))
    return { kind: 'state', state: (value as unknown as Trace).state() }
  if ('at' in value && has(value, 'verdict', 'routes', 'peers'))
    return { kind: 'state', state: value as State }
  return undefined
}

/** Looks at a value; it must be one of the kinds that the claim is about. */
export function subject(value: unknown, claim: Claim): Subject | Stranger {
  const kinds = kindsOf(claim)
  const found = subjectOf(value)
  const wanted = `${claim.name} is about ${either(kinds.map((kind) => WORDS[kind]))}`
  if (found === undefined) {
    const thenable = typeof value === 'object' && value !== null && has(value, 'then')
    const hint = thenable ? 'Await it first: expect(await …).' : `${wanted}.`
    return {
      kind: 'wrong',
      what: `got ${described(value)}, not ${either(kinds.map((kind) => WORDS[kind]))}`,
      hint,
    }
  }
  if (found.kind === 'window' && !found.window.closed) {
    const since =
      claim.live === undefined
        ? ''
        : `, or wait for it: await expect(router).${claim.name}(…, { since: window })`
    return {
      kind: 'wrong',
      what: `the window "${found.window.name}" is open: what is in it is not settled`,
      hint: `close() it first${since}.`,
    }
  }
  if (kinds.includes(found.kind)) return found
  if (found.kind === 'window')
    return {
      kind: 'wrong',
      what: `got the window "${found.window.name}", not ${either(kinds.map((kind) => WORDS[kind]))}`,
      hint: `${claim.name} is about one instant: give it the router, or its state.`,
    }
  return {
    kind: 'wrong',
    what: `got ${WORDS[found.kind]}, not a closed window`,
    hint: `${claim.name} is about what happened between two instants: const window = router.window('…'), then act, then window.close(), then expect(window).`,
  }
}
