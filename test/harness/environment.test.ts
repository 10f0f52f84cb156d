import { expect, test } from 'vitest'
import { timeoutOf, variable } from '../../src/harness/environment.ts'

test('a wait lasts as told, else as ROUTEWITNESS_TIMEOUT says, else a minute', () => {
  expect(timeoutOf('5s', { ROUTEWITNESS_TIMEOUT: '2m' })).toBe(5e6)
  expect(timeoutOf(0, { ROUTEWITNESS_TIMEOUT: '2m' })).toBe(0)
  expect(timeoutOf(undefined, { ROUTEWITNESS_TIMEOUT: '2m' })).toBe(120e6)
  expect(timeoutOf(undefined, { ROUTEWITNESS_TIMEOUT: '' })).toBe(60e6)
  expect(timeoutOf(undefined, {})).toBe(60e6)
})

test('a value that is no duration is named by its variable', () => {
  expect(() => timeoutOf(undefined, { ROUTEWITNESS_TIMEOUT: 'soon' })).toThrow(
    'ROUTEWITNESS_TIMEOUT: "soon" is no duration',
  )
  expect(() => timeoutOf('soon', {})).toThrow('timeout: "soon" is no duration')
})

test('an empty variable is none', () => {
  expect(variable('ROUTEWITNESS_SERVER', { ROUTEWITNESS_SERVER: '' })).toBeUndefined()
})
