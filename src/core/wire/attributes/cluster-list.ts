import { formatIdentifier } from '../../ip/text.ts'
import { external, INTERNAL_ONLY, lengthIsMultiple, MANY_U32, OPTIONAL, type AttributeRow } from './row.ts'

/** CLUSTER_LIST (type 10), RFC 4456 §8: cluster identifiers, nearest first. Discarded when it comes from an external neighbour. */
export const clusterList: AttributeRow<readonly number[]> = {
  type: 10,
  name: 'CLUSTER_LIST',
  flags: OPTIONAL,
  field: 'clusterList',
  malformed: { ...INTERNAL_ONLY, clause: 'RFC 7606 §7.10' },
  ...MANY_U32,
  check: (_bytes, start, end, context) => external(context) ?? lengthIsMultiple(4, start, end),
  format: (values) => values.map(formatIdentifier).join(' '),
}
