// Labels as people write them on a command line: "key=value".
import { UserError } from '../../core/errors/user-error.ts'

/** One label of a Kubernetes object. */
export interface Label {
  readonly key: string
  readonly value: string
}

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/**
 * Reads "key=value" by the rules of Kubernetes; the key may have a prefix ("example.com/role").
 * @throws UserError RW_USAGE that names `flag`
 */
export function parseLabel(text: string, flag: string): Label {
  const equals = text.indexOf('=')
  const key = equals < 0 ? text : text.slice(0, equals)
  const value = equals < 0 ? '' : text.slice(equals + 1)
  const slash = key.indexOf('/')
  const name = key.slice(slash + 1)
  const prefixed = slash < 0 || (DOMAIN.test(key.slice(0, slash)) && slash <= 253)
  if (equals < 0 || !NAME.test(name) || !prefixed || !(value === '' || NAME.test(value))) {
    throw new UserError('RW_USAGE', `${flag}: '${text}' is no label`, {
      remedy: 'Write key=value, such as advertise=bgp.',
    })
  }
  return { key, value }
}

/** `matchLabels` of a selector. */
export function matchLabels(labels: readonly Label[]): Record<string, string> {
  return Object.fromEntries(labels.map(({ key, value }) => [key, value]))
}
