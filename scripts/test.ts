// Runs one suite with vitest and closes with a line that counts: `tsx scripts/test.ts unit|interop|lab|docker [vitest arguments]`.
// vitest ends with 0 when every test was skipped; this does not.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dockerPreconditions, interopPreconditions, labSuitePreconditions } from './preconditions.ts'

const SUITES: Record<string, () => Promise<string[]>> = {
  unit: () => Promise.resolve([]),
  interop: interopPreconditions,
  lab: labSuitePreconditions,
  docker: dockerPreconditions,
}

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
}

async function main(): Promise<number> {
  const [suite = '', ...rest] = process.argv.slice(2)
  const preconditions = SUITES[suite]
  if (preconditions === undefined) {
    console.error(`usage: tsx scripts/test.ts ${Object.keys(SUITES).join('|')} [vitest arguments]`)
    return 2
  }
  const ci = process.env['CI'] === 'true'
  const missing = await preconditions()
  if (missing.length > 0) {
    for (const reason of missing) console.log(`${suite}: cannot run here: ${reason}`)
    console.log(`0 passed, ${ci ? 1 : 0} failed, 1 skipped`)
    return ci ? 1 : 0
  }

  const directory = mkdtempSync(join(tmpdir(), 'routewitness-test-'))
  const file = join(directory, 'report.json')
  const child = spawnSync(
    'npx',
    [
      '--no',
      '--',
      'vitest',
      'run',
      '--project',
      suite,
      '--reporter=default',
      '--reporter=json',
      `--outputFile=${file}`,
      ...rest,
    ],
    { stdio: 'inherit' },
  )
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined
  rmSync(directory, { recursive: true, force: true })

  const passed = report?.numPassedTests ?? 0
  const failed = report?.numFailedTests ?? 0
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  const ranNothing = passed + failed === 0
  if (ranNothing) console.log(`${suite}: ran no test`)
  if (ci && skipped > 0) console.log(`${suite}: ${skipped} skipped, which fails where CI=true`)
  // A suite can fail outside its tests (a file that does not load): vitest's own status counts too.
  const broken = child.status !== 0 || ranNothing || (ci && skipped > 0)
  console.log(`${passed} passed, ${broken && failed === 0 ? 1 : failed} failed, ${skipped} skipped`)
  return broken ? 1 : 0
}

process.exitCode = await main()
