// What is wrong with options, with the path of the key and what may have been meant.
import { didYouMean } from './nearest.ts'
import { UserError } from './user-error.ts'

/** What a complaint needs of an issue of the schema library. */
export interface SchemaIssue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** The keys that are not known, of 'unrecognized_keys'. */
  readonly keys?: readonly string[] | undefined
  /** What is wrong with each of the forms, of 'invalid_union'. */
  readonly errors?: readonly (readonly SchemaIssue[])[] | undefined
  /** The words that may stand there, of 'invalid_value'. */
  readonly values?: readonly unknown[] | undefined
  /** The kind of value that may stand there, of 'invalid_type'. */
  readonly expected?: string | undefined
}

export interface Complaint {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** "peers[0].holdTime"; "options" for the whole. */
export function keyPath(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
  return text === '' ? 'options' : text
}

/**
 * What to say of the things that a schema found wrong: a key that there is not before all others, because a misspelt key is
 * also missing under its right name.
 * @param keysAt the right keys at a place
 */
export function complaintOf(
  issues: readonly SchemaIssue[],
  keysAt: (path: readonly PropertyKey[]) => readonly string[],
): Complaint {
  const found = issues.map(innermost)
  const inner = found.find(({ code }) => code === 'unrecognized_keys') ?? found[0]!
  const unknown = inner.code === 'unrecognized_keys' ? inner.keys?.[0] : undefined
  if (unknown === undefined) return { path: inner.path, message: inner.message }
  return { path: [...inner.path, unknown], message: noSuchOption(unknown, keysAt(inner.path)) }
}

/**
 * Throws RW_CONFIG for the first key that there is not: one that is misspelt would otherwise be an option that is silently not
 * taken.
 */
export function checkKeys(options: object, keys: readonly string[], where: string): void {
  for (const key of Object.keys(options))
    if (!keys.includes(key)) throw new UserError('RW_CONFIG', `${where}: ${key}: ${noSuchOption(key, keys)}`)
}

/** Where a value may have several forms, what is wrong with the one that was meant: that whose kind of value is right. */
function innermost(issue: SchemaIssue): SchemaIssue {
  if (issue.code !== 'invalid_union') return issue
  const meant = issue.errors?.find(
    ([first]) => first !== undefined && (first.path.length > 0 || !WRONG_KIND.has(first.code ?? '')),
  )?.[0]
  if (meant === undefined) return { ...issue, message: formsOf(issue) ?? issue.message }
  return innermost({ ...meant, path: [...issue.path, ...meant.path] })
}

/** "write helper, off or a mapping": what may stand where none of the forms was meant. */
function formsOf({ errors = [] }: SchemaIssue): string | undefined {
  const forms = errors.flatMap(([first]) => {
    if (first?.code === 'invalid_value') return (first.values ?? []).map(String)
    return first?.expected === undefined ? [] : [KINDS[first.expected] ?? `a ${first.expected}`]
  })
  return forms.length === 0 ? undefined : `write ${forms.join(', ').replace(/, ([^,]*)$/, ' or $1')}`
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
}

/** Codes that say that another kind of value was expected. */
const WRONG_KIND: ReadonlySet<string> = new Set(['invalid_type', 'invalid_value'])

/** "no such option (did you mean holdTime?)", with all that there are where none is near. */
function noSuchOption(wrong: string, keys: readonly string[]): string {
  const meant = didYouMean(wrong, keys)
  if (meant !== undefined) return `no such option (${meant})`
  return keys.length === 0 ? 'no such option' : `no such option (there are ${keys.join(', ')})`
}
