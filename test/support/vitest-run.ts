// Runs vitest on test files written for the occasion, in a folder of their own, and gives what became of each test.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

interface Result {
  readonly status: 'passed' | 'failed' | 'skipped'
  readonly messages: readonly string[]
}

export interface VitestRun {
  readonly directory: string
  readonly code: number | null
  /** By full name. */
  readonly tests: Readonly<Record<string, Result>>
  readonly output: string
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: Result['status']
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const ROOT = resolve(import.meta.dirname, '../..')

/**
 * A folder below the repository, so that the fixtures find vitest.
 * @param atEnd when it is to be removed; left out, when the test ends
 */
export function fixtureFolder(atEnd: (remove: () => void) => void = onTestFinished): string {
  const parent = join(ROOT, 'node_modules/.cache/routewitness-fixtures')
  mkdirSync(parent, { recursive: true })
  const directory = mkdtempSync(join(parent, 'run-'))
  atEnd(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/**
 * @param files text by name; `SRC/` in an import becomes the path of our sources
 * @param settings more of vitest's `test` configuration
 */
export async function runVitest(
  files: Readonly<Record<string, string>>,
  {
    environment = {},
    settings = {},
    args = [],
    directory = fixtureFolder(),
  }: {
    readonly environment?: Readonly<Record<string, string>>
    readonly settings?: Readonly<Record<string, unknown>>
    readonly args?: readonly string[]
    readonly directory?: string
  } = {},
): Promise<VitestRun> {
  for (const [name, text] of Object.entries(files))
    writeFileSync(
      join(directory, name),
      text.replaceAll('SRC/', `${ROOT}/src/`).replaceAll('TEST/', `${ROOT}/test/`),
    )
  const config = { test: { include: ['**/*.test.ts'], pool: 'threads', ...settings } }
  writeFileSync(join(directory, 'vitest.config.js'), `export default ${JSON.stringify(config)}\n`)
  const report = join(directory, 'report.json')
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'node_modules/vitest/vitest.mjs'),
      ...['run', '--root', directory, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ...args,
    ],
    { env: clean(environment), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
  const tests = Object.fromEntries(
    testResults.flatMap(({ assertionResults }) =>
      assertionResults.map(({ fullName, status, failureMessages }) => [
        fullName,
        { status, messages: failureMessages },
      ]),
    ),
  )
  return { directory, code, tests, output }
}

/** Nothing of the vitest that runs this test, and nothing that decides about traces. */
function clean(environment: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(VITEST|ROUTEWITNESS|CI$|GITHUB)/.test(name))
  return { ...Object.fromEntries(own), NO_COLOR: '1', ...environment }
}
