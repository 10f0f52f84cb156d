// All static checks, each with its name; `npm run check`. Ends with 1 when any failed, after all have run.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

interface Check {
  name: string
  command: string
  args: string[]
  /** Looks at the output of a command that ended well. */
  judge?: (stdout: string) => string | undefined
}

const checks: Check[] = [
  { name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
  {
    name: 'lint',
    command: 'oxlint',
    args: ['--type-aware', '--deny-warnings', 'src', 'test', 'scripts', 'examples', 'lab'],
  },
  { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  {
    name: 'import rule',
    command: 'depcruise',
    args: ['--config', '.dependency-cruiser.cjs', '--output-type', 'err-long', 'src'],
    // With a parser missing, dependency-cruiser cruises nothing and is content.
    judge: (stdout) => {
      const cruised = Number(/\((\d+) modules/.exec(stdout)?.[1] ?? 0)
      return cruised === 0 ? 'dependency-cruiser cruised 0 modules' : undefined
    },
  },
  { name: 'dead code', command: 'knip', args: [] },
  { name: 'build', command: 'tsc', args: ['-p', 'tsconfig.build.json'] },
  { name: 'package', command: 'publint', args: ['--strict'] },
]

function run(check: Check): boolean {
  const begun = process.hrtime.bigint()
  const child = spawnSync('npx', ['--no', '--', check.command, ...check.args], { encoding: 'utf8' })
  const seconds = (Number(process.hrtime.bigint() - begun) / 1e9).toFixed(1)
  const complaint = child.status === 0 ? check.judge?.(child.stdout) : `exit ${child.status ?? child.signal}`
  console.log(
    `${complaint === undefined ? 'ok  ' : 'FAIL'}  ${check.name.padEnd(12)} ${seconds.padStart(5)} s`,
  )
  if (complaint !== undefined) console.log(`${child.stdout}${child.stderr}${complaint}`)
  return complaint === undefined
}

const { name } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string }
if (name !== 'routewitness') throw new Error('run this from the top of the repository')
const failed = checks.filter((check) => !run(check))
process.exitCode = failed.length === 0 ? 0 : 1
