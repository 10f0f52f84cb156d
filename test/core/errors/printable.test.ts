import { expect, test } from 'vitest'
import { printable } from '../../../src/core/errors/printable.ts'
import { describeCause } from '../../../src/core/session/describe.ts'

test('control characters and line breaks of others are shown, not obeyed', () => {
  expect(printable('a\u001b[31mb\nc\u0085d\u2028e')).toBe('a\\x1b[31mb\\x0ac\\x85d\\u2028e')
  expect(printable('zwölf Straßen')).toBe('zwölf Straßen')
})

test('a shutdown communication cannot forge a line', () => {
  const notification = { code: 6, subcode: 2, data: '', text: 'x\u001b[2J\nnode99  10.0.0.0/8  ok' }
  expect(describeCause({ kind: 'notification', by: 'peer', notification })).not.toMatch(/[\n\u001b]/)
})
