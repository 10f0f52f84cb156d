// A claim about a running router is a promise. A test that forgets to await it fails, whatever the claim would have said.
import { expect, test } from 'vitest'
import { runVitest } from '../support/vitest-run.ts'

const FILE = `
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRouter } from 'SRC/index.ts'
import 'SRC/testing/vitest.ts'

let tor
beforeAll(async () => { tor = await startRouter({ asn: 64512, listen: '127.0.0.1:0', label: 'tor' }) })
afterAll(() => tor.stop())

test('forgotten and true', () => { expect(tor).toHaveNoRoutes() })
test('forgotten and false', () => { expect(tor).toAdvertise('10.0.0.0/8', { timeout: 50 }) })
test('forgotten and negated', () => { expect(tor).not.toAdvertise('10.0.0.0/8') })
test('forgotten and soft', () => { expect.soft(tor).toHaveNoRoutes() })
test('forgotten beside an awaited one', async () => {
  expect(tor).toHaveNoRoutes()
  await expect(tor).toHaveNoRoutes()
})
test('forgotten with a local expect', ({ expect }) => { expect(tor).toHaveNoRoutes() })
test('awaited', async () => { await expect(tor).toHaveNoRoutes() })
test('awaited later', async () => {
  const claim = expect(tor).toHaveNoRoutes()
  await Promise.resolve()
  await claim
})
test('returned', () => expect(tor).toHaveNoRoutes())
test('all of several', async () => {
  await Promise.all([expect(tor).toHaveNoRoutes(), expect(tor).not.toAdvertise('10.0.0.0/8')])
})
test('negated and awaited', async () => { await expect(tor).not.toAdvertise('10.0.0.0/8') })
test('soft and awaited', async () => { await expect.soft(tor).toHaveNoRoutes() })
test('soft, awaited and false', async () => {
  await expect.soft(tor, 'the first').toAdvertise('10.0.0.0/8', { timeout: 50 })
  await expect.soft(tor, 'the second').toAdvertise('11.0.0.0/8', { timeout: 50 })
})
test('awaited and false, with a message', async () => {
  await expect(tor, 'the anycast prefix').toAdvertise('10.0.0.0/8', { timeout: 50 })
})
test('resolves', async () => { await expect(Promise.resolve(tor)).resolves.toHaveNoRoutes() })
test('poll', async () => {
  await expect.poll(() => tor.state()).toHaveNoRoutes()
  await expect.poll(() => tor).toHaveNoRoutes()
})
test('the time of the test ends first', async () => { await expect(tor).toAdvertise('10.0.0.0/8') }, 300)
test('a value is looked at once', () => {
  expect(tor.state()).toHaveNoRoutes()
  expect(() => expect(tor.state()).toAdvertise('10.0.0.0/8')).toThrow('nobody announces 10.0.0.0/8')
})
`

test('a forgotten await fails the test, and an awaited claim does not', { timeout: 60_000 }, async () => {
  const { tests, code, output } = await runVitest({ 'await.test.ts': FILE })
  expect(code, output).toBe(1)
  const failed = Object.entries(tests).filter(([, { status }]) => status === 'failed')
  expect(failed.map(([name]) => name)).toEqual([
    'forgotten and true',
    'forgotten and false',
    'forgotten and negated',
    'forgotten and soft',
    'forgotten beside an awaited one',
    'forgotten with a local expect',
    'soft, awaited and false',
    'awaited and false, with a message',
    'the time of the test ends first',
  ])
  for (const [name, { messages }] of failed)
    if (name.startsWith('forgotten')) {
      expect(messages, name).toHaveLength(1)
      expect(messages[0]).toContain(' was not awaited: of a running router it is a promise')
      // At the line of the claim.
      expect(messages[0]).toContain('await.test.ts:')
    }
  expect(tests['soft, awaited and false']!.messages).toEqual([
    expect.stringContaining('the first: expect(tor).toAdvertise('),
    expect.stringContaining('the second: expect(tor).toAdvertise('),
  ])
  expect(tests['awaited and false, with a message']!.messages).toEqual([
    expect.stringMatching(
      /the anycast prefix: expect\(tor\)\.toAdvertise\([\s\S]*waited [\s\S]*await\.test\.ts:\d+/,
    ),
  ])
  expect(tests['the time of the test ends first']!.messages).toEqual([
    expect.any(String),
    expect.stringContaining('nobody announces 10.0.0.0/8'),
  ])
  expect(output).toContain('Test timed out in 300ms')
  expect(output).not.toContain('Unhandled')
})
