import {
  lengthIsMultiple,
  MANY_U32,
  OPTIONAL,
  TRANSITIVE,
  TREAT_AS_WITHDRAW,
  type AttributeRow,
} from './row.ts'

/** IANA's well-known communities that have a meaning here or are often seen. */
const WELL_KNOWN: ReadonlyMap<number, string> = new Map([
  [0xffff0000, 'graceful-shutdown'],
  [0xffff0001, 'accept-own'],
  [0xffff0006, 'llgr-stale'],
  [0xffff0007, 'no-llgr'],
  [0xffff029a, 'blackhole'],
  [0xffffff01, 'no-export'],
  [0xffffff02, 'no-advertise'],
  [0xffffff03, 'no-export-subconfed'],
  [0xffffff04, 'no-peer'],
])

/** COMMUNITIES (type 8), RFC 1997: 32-bit communities in wire order. */
export const communities: AttributeRow<readonly number[]> = {
  type: 8,
  name: 'COMMUNITIES',
  flags: OPTIONAL | TRANSITIVE,
  field: 'communities',
  malformed: { ...TREAT_AS_WITHDRAW, clause: 'RFC 7606 §7.8' },
  ...MANY_U32,
  check: (_bytes, start, end) => lengthIsMultiple(4, start, end),
  format: formatCommunities,
}

/** "64512:100", or the name of a well-known community. */
export function formatCommunity(value: number): string {
  return WELL_KNOWN.get(value) ?? `${value >>> 16}:${value & 0xffff}`
}

/** Communities separated by spaces. */
export function formatCommunities(values: readonly number[]): string {
  return values.map(formatCommunity).join(' ')
}
