// Objects out of files, as `kubectl get -o yaml` and `-o json` print them.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { resourceName, WATCHED_KINDS } from '../core/expected/kinds.ts'
import { UserError } from '../core/errors/user-error.ts'
import { prune } from './prune.ts'
import type { ObjectSink } from './contract.ts'

const FILE = /\.(ya?ml|json)$/

/**
 * Reads all files of a directory (or one file), in order of name. Objects of other kinds are passed over.
 * @throws UserError RW_OBJECTS, with file and line for bad YAML
 */
export async function readObjects(path: string, sink: ObjectSink): Promise<void> {
  take(await readValues(path), sink)
}

/**
 * What all files of a directory (or one file) hold, whatever its kind, with the items of lists.
 * @throws UserError RW_OBJECTS, with file and line for bad YAML
 */
export async function readValues(path: string): Promise<readonly unknown[]> {
  const values: unknown[] = []
  for (const file of await filesOf(path)) values.push(...(await documentsOf(file)))
  return values
}

/**
 * Takes objects as they are, lists of them too. Objects of other kinds are passed over.
 * @throws UserError RW_OBJECTS when there is none
 */
export function takeObjects(values: readonly unknown[], sink: ObjectSink): void {
  if (values.length === 0) throw new UserError('RW_OBJECTS', 'fromObjects: the list of objects is empty')
  take(values.flatMap(itemsOf), sink)
}

function take(values: readonly unknown[], sink: ObjectSink): void {
  const found = new Set<string>()
  for (const value of values) {
    const object = prune(value)
    if (object === undefined) continue
    found.add(object.kind)
    sink.object('set', object)
  }
  for (const kind of WATCHED_KINDS)
    sink.resource(resourceName(kind), found.has(kind.kind) ? 'synced' : 'not-given')
}

async function filesOf(path: string): Promise<readonly string[]> {
  const what = await stat(path).catch((cause: unknown) => {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const message = missing ? `there is no directory ${path}` : `cannot read ${path}: ${reason(cause)}`
    throw new UserError('RW_OBJECTS', message, { cause })
  })
  if (!what.isDirectory()) return [path]
  const files = (await readdir(path)).filter((name) => FILE.test(name)).sort()
  if (files.length === 0)
    throw new UserError('RW_OBJECTS', `${path} has no file that ends in .yaml, .yml or .json`)
  return files.map((name) => join(path, name))
}

async function documentsOf(file: string): Promise<readonly unknown[]> {
  const { LineCounter, parseAllDocuments } = await import('yaml')
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UserError('RW_OBJECTS', `cannot read ${file}: ${reason(cause)}`, { cause })
  })
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  return [...documents].flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) {
      const { line } = lines.linePos(error.pos[0])
      throw new UserError('RW_OBJECTS', `${file}, line ${line}: ${error.message}`, { cause: error })
    }
    try {
      return itemsOf(document.toJS())
    } catch (cause) {
      // For example an alias without an anchor.
      const { line } = lines.linePos(document.range[0])
      throw new UserError('RW_OBJECTS', `${file}, document at line ${line}: ${reason(cause)}`, { cause })
    }
  })
}

/** The objects of a list; kinds that the API leaves out of the items of a typed list are put back. */
function itemsOf(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return []
  if (!('kind' in value) || typeof value.kind !== 'string' || !value.kind.endsWith('List')) return [value]
  const items = 'items' in value && Array.isArray(value.items) ? value.items : []
  const apiVersion = 'apiVersion' in value ? value.apiVersion : undefined
  const kind = value.kind.slice(0, -'List'.length)
  const defaults = kind === '' ? {} : { apiVersion, kind }
  return items.map((item: unknown) => (typeof item === 'object' ? { ...defaults, ...item } : item))
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
