import { expect, test } from 'vitest'
import { rootField, type ObjectProblem } from '../../../src/core/expected/field.ts'
import { readSelector } from '../../../src/core/expected/selector.ts'

function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  const object = { apiVersion: 'v1', kind: 'Test', metadata: { name: 'x' }, selector }
  const problems: ObjectProblem[] = []
  return readSelector(rootField(object, (problem) => problems.push(problem)).at('selector'))(
    new Map(Object.entries(labels)),
  )
}

const expression = (key: string, operator: string, ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
})

test.each([
  ['an absent selector selects nothing', undefined, { a: '1' }, false],
  ['an empty selector selects everything', {}, {}, true],
  ['a label that matches', { matchLabels: { a: '1' } }, { a: '1', b: '2' }, true],
  ['a label with another value', { matchLabels: { a: '1' } }, { a: '2' }, false],
  ['all labels must match', { matchLabels: { a: '1', b: '2' } }, { a: '1' }, false],
  ['In', expression('a', 'In', '1', '2'), { a: '2' }, true],
  ['In, label absent', expression('a', 'In', '1'), {}, false],
  ['NotIn', expression('a', 'NotIn', '1'), { a: '2' }, true],
  ['NotIn, label absent', expression('a', 'NotIn', '1'), {}, true],
  ['Exists', expression('a', 'Exists'), { a: '' }, true],
  ['Exists, label absent', expression('a', 'Exists'), {}, false],
  ['DoesNotExist', expression('a', 'DoesNotExist'), {}, true],
  ['DoesNotExist, label present', expression('a', 'DoesNotExist'), { a: '1' }, false],
  [
    'labels and expressions together',
    { matchLabels: { a: '1' }, ...expression('b', 'Exists') },
    { a: '1' },
    false,
  ],
  ['an unknown operator selects nothing', expression('a', 'Like', '1'), { a: '1' }, false],
] as const)('%s', (_, selector, labels, expected) => {
  expect(selects(selector, labels)).toBe(expected)
})
