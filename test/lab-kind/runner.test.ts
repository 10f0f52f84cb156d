// Programs as the lab runs them: what they say, that they may be missing, and that Ctrl-C ends them with their children.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RealRunner } from '../../src/lab/kind/real-runner.ts'
import { commandLine, Interrupted, runToEnd } from '../../src/lab/kind/runner.ts'

const shell = (script: string) => ({ program: 'sh', args: ['-c', script] })
let directory: string

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'routewitness-runner-'))))
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('gives output and exit code, and lines as they come', async () => {
  const lines: string[] = []
  const finished = await runToEnd(shell('echo one; printf "two\\rthree\\n" >&2; exit 3'), {
    onLine: (line) => lines.push(line),
  })
  expect(finished).toEqual({ code: 3, stdout: 'one\n', stderr: 'two\rthree\n' })
  expect(lines.sort()).toEqual(['one', 'three', 'two'])
})

test('a program that is not there ends with 127, one that cannot be run with 126', async () => {
  expect((await runToEnd({ program: 'no-such-program', args: [] })).code).toBe(127)
  expect((await runToEnd({ program: directory, args: [] })).code).toBe(126)
})

test('standard input reaches it, and one that does not read it is no matter', async () => {
  expect((await runToEnd({ program: 'cat', args: [], stdin: 'given' })).stdout).toBe('given')
  expect((await runToEnd({ program: 'true', args: [], stdin: 'x'.repeat(1 << 20) })).code).toBe(0)
})

test('settings of its own are added to the environment', async () => {
  const command = { ...shell('echo "$NETWORK $PATH"'), env: { NETWORK: 'kind' } }
  expect((await runToEnd(command)).stdout).toBe(`kind ${process.env['PATH']}\n`)
})

describe('a stop', () => {
  test('ends the program and its children', async () => {
    const stop = new AbortController()
    const running = runToEnd(shell('echo ready; sleep 600; echo never'), {
      signal: stop.signal,
      onLine: () => stop.abort(),
    })
    // sleep has the shell's output open: this resolves when both are gone.
    await expect(running).rejects.toBeInstanceOf(Interrupted)
  })

  test('before it has begun starts nothing', async () => {
    const runner = new RealRunner(() => {}, AbortSignal.abort())
    const file = join(directory, 'made')
    await expect(runner.act(shell(`touch ${file}`))).rejects.toBeInstanceOf(Interrupted)
    expect(() => statSync(file)).toThrow(/ENOENT/)
  })
})

test('secrets are for their owner only, also in a file that was there', async () => {
  const runner = new RealRunner(() => {})
  const file = join(directory, 'below', 'kubeconfig')
  await runner.write(file, 'public')
  await runner.write(file, 'secret', true)
  expect(readFileSync(file, 'utf8')).toBe('secret')
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a command is shown as one would type it', () => {
  const command = { program: 'kind', args: ['get', "it's", '{{.Id}}', ''], env: { NETWORK: 'a b' } }
  expect(commandLine(command)).toBe(`NETWORK='a b' kind get 'it'\\''s' '{{.Id}}' ''`)
})
