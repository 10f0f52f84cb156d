// Reads the case tables. A line is: what it proves | the attributes | in words | outcome | section | NOTIFICATION.
//
// The attributes are hex digits, and letters for what is good and needs no reading: O ORIGIN IGP, P AS_PATH 64512,
// N NEXT_HOP 127.0.0.14, L LOCAL_PREF 100 (internal sessions only), R MP_REACH_NLRI and U MP_UNREACH_NLRI of V,
// H 2001:db8::14, V the NLRI 2001:db8:1::/48. The NLRI field is A, 203.0.113.0/24, unless `n=` says otherwise; `w=` gives
// Withdrawn Routes, `b=` the whole body. `left=` names the routes that are there afterwards where that is not plain,
// `keeps=` the attributes that stay after a discard. Two outcomes stand for external and internal. The data of the
// NOTIFICATION follow its code; `*` is all that the line gives as hex digits.
import { framed, hex } from '../support/hex.ts'
import { ATTRIBUTE_CASES, TWO_OCTET_CASES } from './rfc7606-attributes.ts'
import { MESSAGE_CASES } from './rfc7606-messages.ts'

export type Outcome = 'accept' | 'discard' | 'withdraw' | 'reset'

export interface Kind {
  readonly name: string
  readonly internal: boolean
  readonly fourOctetAs: boolean
}

export interface Case {
  /** "[attribute ORIGIN]", "[row 35]": see rows.ts. */
  readonly proves: string
  readonly what: string
  readonly kind: Kind
  /** The UPDATE in question. */
  readonly bytes: Uint8Array
  readonly outcome: Outcome
  readonly section: string
  /** Code and subcode, and data in hex, where the session is reset. */
  readonly notification: { readonly code: string; readonly data: string } | undefined
  /** Routes that are there afterwards; both were announced before. */
  readonly left: readonly string[]
  /** Hex of the attribute set that A has afterwards; undefined when the case does not announce A in the NLRI field. */
  readonly keeps: string | undefined
}

export const A = '203.0.113.0/24'
export const V = '2001:db8:1::/48'
export const SENTINEL = '198.51.100.1/32'
const NLRI_A = '18cb0071'
const NLRI_V = '3020010db80001'
const HOP = '20010db8000000000000000000000014'

const FOUR = { fourOctetAs: true }
const TWO = { fourOctetAs: false }
export const EXTERNAL: Kind = { name: 'eBGP', internal: false, ...FOUR }
export const INTERNAL: Kind = { name: 'iBGP', internal: true, ...FOUR }
export const OLD_EXTERNAL: Kind = { name: 'eBGP, two-octet AS', internal: false, ...TWO }
export const OLD_INTERNAL: Kind = { name: 'iBGP, two-octet AS', internal: true, ...TWO }

/** The cases of one kind of session. */
export function casesOf(kind: Kind): Case[] {
  const tables = kind.fourOctetAs ? [ATTRIBUTE_CASES, MESSAGE_CASES] : [TWO_OCTET_CASES]
  return tables.flatMap((table) =>
    table
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => read(line, kind)),
  )
}

/** A and V announced with ORIGIN INCOMPLETE, so that what the case announces shows. */
export function before(kind: Kind): Uint8Array[] {
  return [updateOf(expand('40010102 P N L', kind), NLRI_A), updateOf(expand('40010102 P L R', kind), '')]
}

/** The good UPDATE behind the case: when its route is there, the case has been dealt with. */
export function sentinel(kind: Kind): Uint8Array {
  return updateOf(expand('O P N L', kind), '20c6336401')
}

function read(line: string, kind: Kind): Case {
  const [proves = '', fields = '', what = '', outcomes = '', section = '', sent] = line
    .split('|')
    .map((cell) => cell.trim())
  const [attributes = '', ...options] = fields.split(';').map((field) => field.trim())
  const option = (name: string) => options.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)
  const [external, internal = external] = outcomes.split(' ') as [Outcome, Outcome?]
  const outcome = kind.internal ? internal : external
  const withdrawn = digits(option('w') ?? '')
  const nlri = digits(option('n') ?? NLRI_A)
  const whole = option('b')
  const bytes =
    whole === undefined ? updateOf(expand(attributes, kind), nlri, withdrawn) : framed(2, hex(whole))
  const text = expand(attributes, kind) + nlri + withdrawn
  const plain = attributes.split(' ').filter((token) => !/^[OPNLRU]$/.test(token))
  const applied = outcome === 'accept' || outcome === 'discard'
  const kept = option('keeps') ?? (outcome === 'discard' ? 'O P L' : attributes)
  return {
    proves,
    what,
    kind,
    bytes,
    outcome,
    section,
    notification:
      outcome === 'reset' ? notification(sent ?? '', expand(plain.join(' '), kind), kind) : undefined,
    left:
      option('left')
        ?.split(',')
        .map((name) => (name === 'A' ? A : V)) ?? leftBy(outcome, text),
    keeps: applied && nlri === NLRI_A && whole === undefined ? setOf(kept, kind) : undefined,
  }
}

function leftBy(outcome: Outcome, text: string): string[] {
  if (outcome === 'reset') return []
  if (outcome !== 'withdraw') return [A, V]
  return [...(text.includes(NLRI_A) ? [] : [A]), ...(text.includes(NLRI_V) ? [] : [V])]
}

function notification(sent: string, attribute: string, kind: Kind): { code: string; data: string } {
  const [code = '', ...data] = sent.split(' ')
  return { code, data: data[0] === '*' ? attribute : expand(data.join(' '), kind) }
}

/** An attribute set has neither NEXT_HOP nor the multiprotocol attributes, and stands in type order. */
function setOf(attributes: string, kind: Kind): string {
  const list: { type: string; octets: string }[] = []
  for (let rest = expand(attributes, kind); rest.length > 0;) {
    const extended = (Number.parseInt(rest.slice(0, 2), 16) & 0x10) !== 0
    const header = extended ? 8 : 6
    const length = header + 2 * Number.parseInt(rest.slice(4, header), 16)
    list.push({ type: rest.slice(2, 4), octets: rest.slice(0, length) })
    rest = rest.slice(length)
  }
  return list
    .filter(({ type }) => !['03', '0e', '0f'].includes(type))
    .sort((a, b) => a.type.localeCompare(b.type))
    .map(({ octets }) => octets)
    .join('')
}

function expand(text: string, kind: Kind): string {
  const letters: Record<string, string> = {
    O: '40010100',
    P: kind.fourOctetAs ? '40020602010000fc00' : '4002040201fc00',
    N: '4003047f00000e',
    L: kind.internal ? '40050400000064' : '',
    R: `800e1c00020110${HOP}00${NLRI_V}`,
    U: `800f0a000201${NLRI_V}`,
    H: HOP,
    V: NLRI_V,
  }
  return text
    .split(/\s+/)
    .map((token) => letters[token] ?? token)
    .join('')
}

function digits(text: string): string {
  return text.replaceAll(' ', '')
}

function updateOf(attributes: string, nlri: string, withdrawn = ''): Uint8Array {
  const field = (octets: string) => (octets.length / 2).toString(16).padStart(4, '0') + octets
  return framed(2, hex(field(withdrawn) + field(attributes) + nlri))
}
