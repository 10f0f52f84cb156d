import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { isUserError, UserError, userErrorFrom, whatHappened } from '../../../src/core/errors/user-error.ts'

const error = new UserError('RW_USAGE', '"x" is no duration', { remedy: 'Write for example 30s.' })

test('the message says what happened and what to do, since test runners print no more of an error', () => {
  expect(error.message).toBe('"x" is no duration\n→ Write for example 30s.')
  expect(error).toMatchObject({
    code: 'RW_USAGE',
    what: '"x" is no duration',
    remedy: 'Write for example 30s.',
  })
  expect(inspect(error).match(/Write for example/g)).toHaveLength(1)
})

test('what happened can be told without what to do', () => {
  expect(whatHappened(error)).toBe('"x" is no duration')
  expect(whatHappened(new Error('gone'))).toBe('gone')
  expect(whatHappened('gone')).toBe('gone')
  const earlier = Object.assign(new Error('as it was'), { [Symbol.for('routewitness.UserError')]: true })
  expect(isUserError(earlier) && whatHappened(earlier)).toBe('as it was')
})

test('what to do is said once, however far an error travels', () => {
  const { code, what, remedy } = error
  const there = userErrorFrom({ code, message: what, remedy })
  expect(there.message).toBe(error.message)
  expect(userErrorFrom({ code: 'RW_LATER', message: what, remedy })).toMatchObject({
    code: 'RW_NO_SERVER',
    what,
  })
  expect(new UserError('RW_USAGE', 'nothing can be done', { remedy: '' }).message).toBe('nothing can be done')
})
