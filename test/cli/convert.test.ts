// `convert` as a person meets it.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { command } from '../support/command.ts'
import { linesOf, wireMessage } from '../support/convert-files.ts'
import { message } from '../support/hex.ts'
import { temporary } from '../support/trace-folder.ts'

test('writes data to standard output or to a file, and says on standard error how much', async () => {
  const lines = linesOf([wireMessage({ bytes: message('0013 04') })])
  expect(await command('convert', lines, '--to', 'jsonl')).toEqual({
    code: 0,
    stdout: readFileSync(lines, 'utf8'),
    stderr: `1 message, ${readFileSync(lines).length} octets\n`,
  })
  const output = temporary('out.mrt')
  const { code, stdout, stderr } = await command('convert', lines, '--to', 'mrt', '-o', output)
  expect([code, stdout, stderr]).toEqual([0, '', `1 message, 55 octets in ${output}\n`])
  expect(readFileSync(output)).toHaveLength(55)
})

test('says what is wrong with an input and what to give instead', async () => {
  const { code, stderr } = await command('convert', '/nonexistent/trace', '--to', 'mrt')
  expect(code).toBe(2)
  expect(stderr).toContain('there is no such file or folder [RW_TRACE]')
  expect(stderr).toContain('Give a trace folder, an MRT file, a capture')
  expect((await command('convert', '/nonexistent/trace', '--to', 'csv')).code).toBe(2)
})
