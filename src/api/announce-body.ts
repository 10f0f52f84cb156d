// The bodies of requests that announce and withdraw routes. The router itself looks at the routes.
import { UserError } from '../core/errors/user-error.ts'
import { checkKeys } from '../core/errors/complaint.ts'

/** The list of that name, and to whom it goes. Throws RW_USAGE or RW_CONFIG with the key that is wrong. */
export function listBody(
  body: unknown,
  key: 'routes' | 'prefixes',
): { list: unknown; peer: string | undefined } {
  const remedy = `Send {"${key}": [...]}, and "peer" for one peer alone.`
  if (typeof body !== 'object' || body === null)
    throw new UserError('RW_USAGE', 'the request has no JSON object', { remedy })
  checkKeys(body, [key, 'peer'], 'the request')
  const { [key]: list, peer } = body as Record<string, unknown>
  if (peer !== undefined && typeof peer !== 'string')
    throw new UserError('RW_USAGE', 'the request: peer: write the name of a peer', { remedy })
  return { list, peer }
}
