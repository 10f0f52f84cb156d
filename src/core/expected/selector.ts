// Label selectors (metav1.LabelSelector): matchLabels and matchExpressions, all of which must hold.
import type { Field } from './field.ts'

/** One condition of a selector, as data. */
export interface Requirement {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values: readonly string[]
}

export type Selector = (labels: ReadonlyMap<string, string>) => boolean

const NOTHING: Selector = () => false

/**
 * Reads a label selector. An absent one selects nothing, an empty one everything. One that cannot be read is
 * complained about and selects nothing.
 */
export function readSelector(field: Field): Selector {
  const requirements = readRequirements(field)
  return requirements === undefined ? NOTHING : (labels) => holdAll(requirements, labels)
}

/** True when all of them hold. */
export function holdAll(requirements: readonly Requirement[], labels: ReadonlyMap<string, string>): boolean {
  return requirements.every((requirement) => holds(requirement, labels.get(requirement.key)))
}

/** The conditions of a label selector; undefined for one that selects nothing, whatever the labels. */
export function readRequirements(field: Field): readonly Requirement[] | undefined {
  if (field.absent) return undefined
  const requirements: Requirement[] = []
  for (const [key, value] of field.at('matchLabels').texts())
    requirements.push({ key, operator: 'In', values: [value] })
  for (const expression of field.at('matchExpressions').items()) {
    const requirement = readRequirement(expression)
    if (requirement === undefined) return undefined
    requirements.push(requirement)
  }
  return requirements
}

function readRequirement(field: Field): Requirement | undefined {
  const key = field.at('key').text()
  const operator = field.at('operator').text()
  const values = field
    .at('values')
    .items()
    .map((value) => value.text() ?? '')
  if (key === undefined) {
    field.complain('has no key')
    return undefined
  }
  if (operator === 'In' || operator === 'NotIn' || operator === 'Exists' || operator === 'DoesNotExist')
    return { key, operator, values }
  field.complain(`has the unknown operator "${operator ?? ''}"`)
  return undefined
}

function holds({ operator, values }: Requirement, label: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label)
    case 'NotIn':
      return label === undefined || !values.includes(label)
    case 'Exists':
      return label !== undefined
    case 'DoesNotExist':
      return label === undefined
  }
}
