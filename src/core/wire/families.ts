// Address families by name and by key.
import { IPV4_UNICAST, IPV6_UNICAST, type Family } from './message.ts'

/** "ipv4-unicast", "ipv6-unicast", any other as "afi/safi". */
export function familyName(family: Family): string {
  if (family.safi === 1 && family.afi === 1) return 'ipv4-unicast'
  if (family.safi === 1 && family.afi === 2) return 'ipv6-unicast'
  return familyKey(family)
}

/** "afi/safi", for sets and maps. */
export function familyKey(family: Family): string {
  return `${family.afi}/${family.safi}`
}

/** The family of a name or of an "afi/safi" key; undefined when the text is neither. */
export function familyFromName(name: string): Family | undefined {
  if (name === 'ipv4-unicast') return IPV4_UNICAST
  if (name === 'ipv6-unicast') return IPV6_UNICAST
  const match = /^(\d{1,5})\/(\d{1,3})$/.exec(name)
  if (match === null) return undefined
  const family = { afi: Number(match[1]), safi: Number(match[2]) }
  return family.afi <= 0xffff && family.safi <= 0xff ? family : undefined
}

export function sameFamily(a: Family, b: Family): boolean {
  return a.afi === b.afi && a.safi === b.safi
}

/** True for the families whose NLRI we read: IPv4 and IPv6 unicast. NLRI of others stay raw. */
export function isUnicast(family: Family): boolean {
  return family.safi === 1 && (family.afi === 1 || family.afi === 2)
}
