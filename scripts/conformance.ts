// Writes docs/conformance.md: every row of test/conformance/rows.ts with the tests that name it and how they ended;
// `npm run conformance`. Runs the test files that name a row, or reads what vitest's JSON reporter wrote:
// `tsx scripts/conformance.ts --report FILE`. Ends with 1 when a test failed or a row has neither test nor reason.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { casesOf, EXTERNAL, INTERNAL, OLD_EXTERNAL, OLD_INTERNAL } from '../test/conformance/rfc7606-cases.ts'
import { rowsNamed, SECTIONS, type Row } from '../test/conformance/rows.ts'

const PAGE = 'docs/conformance.md'
/** Tests of one file that are listed by name; of more only the first is. */
const NAMED = 3

interface Report {
  readonly testResults: readonly {
    /** Path of the file. */
    readonly name: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

interface Proof {
  readonly file: string
  readonly name: string
  readonly passed: boolean
}

function runTests(): Report {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !/^(interop|lab)\//.test(file))
    .map((file) => join('test', file))
    .filter(
      (file) => file.startsWith('test/conformance/') || rowsNamed(readFileSync(file, 'utf8')).length > 0,
    )
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-conformance-'))
  const file = join(directory, 'report.json')
  try {
    const arguments_ = [
      'vitest',
      'run',
      '--project',
      'unit',
      '--reporter=json',
      `--outputFile=${file}`,
      ...files,
    ]
    spawnSync('npx', ['--no', '--', ...arguments_], { stdio: ['ignore', 'ignore', 'inherit'] })
    return read(file)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function read(file: string): Report {
  return JSON.parse(readFileSync(file, 'utf8')) as Report
}

/** Row → the tests that name it, in the order of files and then of the tests in them. */
function proofsOf(report: Report): Map<string, Proof[]> {
  const proofs = new Map<string, Proof[]>()
  const files = [...report.testResults].sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name: path, assertionResults } of files) {
    const file = relative('test', path)
    for (const { ancestorTitles, title, status } of assertionResults) {
      const full = [...ancestorTitles, title].join(' › ')
      const proof = { file, name: withoutTags(full), passed: status === 'passed' }
      for (const row of rowsNamed(full)) proofs.set(row, [...(proofs.get(row) ?? []), proof])
    }
  }
  return proofs
}

function withoutTags(name: string): string {
  return name.replaceAll(/\[rows? [\d, ]+\] ?/g, '').replaceAll(/\[attribute (\w+)\]/g, '$1:')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function line(row: Row, proofs: readonly Proof[]): string {
  const files = [...new Set(proofs.map(({ file }) => file))]
  const tests = files.map((file) => {
    const names = proofs.filter((proof) => proof.file === file).map(({ name }) => name)
    const list =
      names.length > NAMED
        ? `${names.length} tests, the first “${names[0]!}”`
        : names.map((name) => `“${name}”`).join(', ')
    return `\`${file}\`: ${cell(list)}`
  })
  const failed = proofs.filter(({ passed }) => !passed).length
  const ended = failed > 0 ? `**${failed} of ${proofs.length} failed**` : `${proofs.length} passed`
  const result = [
    ...(proofs.length > 0 ? [ended] : []),
    ...(row.missing === undefined ? [] : [`Not yet: ${cell(row.missing)}`]),
  ]
  const claim = row.note === undefined ? row.claim : `${row.claim}. *${row.note}*`
  return `| ${row.id} | ${cell(claim)} | ${row.source} | ${tests.join('<br>')} | ${result.join('<br>')} |`
}

function page(proofs: ReadonlyMap<string, readonly Proof[]>): string {
  const rows = SECTIONS.flatMap((section) => section.rows)
  const of = ({ id }: Row) => proofs.get(String(id)) ?? []
  const untested = rows.filter((row) => of(row).length === 0)
  const partly = rows.filter((row) => of(row).length > 0 && row.missing !== undefined)
  const count = (...kinds: Parameters<typeof casesOf>[0][]) => kinds.flatMap(casesOf).length
  return [
    '# Conformance',
    '',
    'What a BGP test peer must get right, claim by claim, and the tests that prove it. Written by `npm run conformance` from',
    'the names of the tests: edit [`test/conformance/rows.ts`](../test/conformance/rows.ts) and its neighbours, not this page.',
    'Files of tests are those under `test/`.',
    '',
    `${rows.length} rows: ${rows.length - untested.length - partly.length} proven, ${partly.length} in part, ${untested.length} not yet. ` +
      `The case table of RFC 7606 has ${count(EXTERNAL, OLD_EXTERNAL)} external and ${count(INTERNAL, OLD_INTERNAL)} internal cases ` +
      '([`rfc7606-cases.ts`](../test/conformance/rfc7606-cases.ts)), each run through the decoder, through a live session in ' +
      'virtual time and over TCP, with a good UPDATE behind it.',
    ...SECTIONS.flatMap((section) => [
      '',
      `## ${section.title}`,
      '',
      '| Row | Claim | Source | Tests | Result |',
      '| --- | --- | --- | --- | --- |',
      ...section.rows.map((row) => line(row, of(row))),
    ]),
    '',
  ].join('\n')
}

function main(): number {
  const { values } = parseArgs({ options: { report: { type: 'string' } } })
  const proofs = proofsOf(values.report === undefined ? runTests() : read(values.report))
  writeFileSync(PAGE, page(proofs))
  const failed = [...proofs].filter(([, list]) => list.some(({ passed }) => !passed)).map(([row]) => row)
  const bare = SECTIONS.flatMap((section) => section.rows)
    .filter(({ id, missing }) => missing === undefined && !proofs.has(String(id)))
    .map(({ id }) => String(id))
  if (failed.length > 0) console.log(`tests failed for: ${failed.join(', ')}`)
  if (bare.length > 0) console.log(`neither test nor reason: ${bare.join(', ')}`)
  console.log(`wrote ${PAGE}`)
  return failed.length + bare.length > 0 ? 1 : 0
}

process.exitCode = main()
