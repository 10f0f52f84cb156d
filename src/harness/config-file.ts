// The configuration file of `serve`: the options of startRouter as YAML, with file and line in every complaint.
import { readFileSync } from 'node:fs'
import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml'
import { UserError } from '../core/errors/user-error.ts'
import type { Locate } from './options.ts'

export interface ConfigFile {
  readonly settings: Record<string, unknown>
  /** "file:line" of a key. */
  readonly locate: Locate
}

/** Reads a YAML file. Throws RW_CONFIG with file and line when it cannot be read or is no mapping. */
export function readConfigFile(file: string): ConfigFile {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError('RW_CONFIG', `cannot read ${file}: ${(error as Error).message}`, {
      remedy: 'Name a YAML file with --config.',
    })
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const broken = document.errors[0]
  if (broken !== undefined) {
    const { line } = lines.linePos(broken.pos[0])
    throw new UserError('RW_CONFIG', `${file}:${line}: ${broken.message.split('\n')[0]}`)
  }
  let settings: unknown
  try {
    settings = document.toJS()
  } catch {
    // The message has the value in it, which may be a key.
    throw new UserError(
      'RW_CONFIG',
      `${file}: a value that begins with * is an alias (YAML), and there is none of its name`,
      {
        remedy: 'Put quotes around the value.',
      },
    )
  }
  if (settings === null || settings === undefined) return { settings: {}, locate: () => file }
  if (typeof settings !== 'object' || Array.isArray(settings))
    throw new UserError('RW_CONFIG', `${file}:1: the file is no mapping of options`)

  const locate: Locate = (path) => {
    // The deepest part of the path that stands in the file: a missing key has no line of its own.
    let offset = 0
    let node: unknown = document.contents
    for (const part of path) {
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isNode(item.key) && 'value' in item.key && item.key.value === part,
        )
        if (pair === undefined) break
        offset = isNode(pair.key) ? (pair.key.range?.[0] ?? offset) : offset
        node = pair.value
      } else if (isSeq(node) && typeof part === 'number') {
        node = node.items[part]
        if (isNode(node)) offset = node.range?.[0] ?? offset
      } else break
    }
    return `${file}:${lines.linePos(offset).line}`
  }
  return { settings: settings as Record<string, unknown>, locate }
}
