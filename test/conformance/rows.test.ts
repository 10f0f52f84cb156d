// That every row has a test which names it, or says what is missing. It looks at the text of the tests only;
// docs/conformance.md says how they ended.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rowsNamed, SECTIONS } from './rows.ts'

const ROWS = SECTIONS.flatMap(({ rows }) => rows)

function namesInTests(): Set<string> {
  const root = join(import.meta.dirname, '..')
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.includes('conformance/rows'),
  )
  // What a comment says of the form of names is no name.
  const text = files.map((file) => readFileSync(join(root, file), 'utf8').replaceAll(/^\s*\/\/.*$/gm, ''))
  return new Set(text.flatMap(rowsNamed))
}

test('every row has a test that names it, or a reason', () => {
  const named = namesInTests()
  const without = ROWS.filter(({ id, missing }) => missing === undefined && !named.has(String(id)))
  expect(without.map(({ id }) => id)).toEqual([])
})

test('no test names a row that does not exist', () => {
  const known = new Set(ROWS.map(({ id }) => String(id)))
  expect([...namesInTests()].filter((id) => !known.has(id))).toEqual([])
})

test('rows are numbered from 1 to 117 without a hole', () => {
  const numbers = ROWS.map(({ id }) => id).filter((id) => typeof id === 'number')
  expect(numbers).toEqual(Array.from({ length: 117 }, (_, index) => index + 1))
})

test('docs/conformance.md has every row', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/conformance.md'), 'utf8')
  expect(ROWS.filter(({ id }) => !page.includes(`| ${id} `)).map(({ id }) => id)).toEqual([])
})
