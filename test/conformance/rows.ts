// What a BGP test peer must get right, as numbered claims. A test names the rows it proves: `[row 34]`, `[rows 2, 3]`,
// `[attribute ORIGIN]`. `npm run conformance` joins both and writes docs/conformance.md.
import { ATTRIBUTE_ROWS } from './rows-attributes.ts'
import { FRAMING_ROWS, SESSION_ROWS } from './rows-session.ts'
import { REFRESH_ROWS, RESTART_ROWS, TRANSPORT_ROWS } from './rows-peer.ts'
import { PATH_ROWS, UPDATE_ROWS } from './rows-update.ts'

export interface Row {
  /** A number, or the name of an attribute. */
  readonly id: number | string
  readonly claim: string
  /** RFC and section; RFCs without a section are known without their text at hand. */
  readonly source: string
  /** Why something of this row, or all of it, has no test yet. */
  readonly missing?: string
  /** What we chose where the RFC leaves it open. */
  readonly note?: string
}

export interface Section {
  readonly title: string
  readonly rows: readonly Row[]
}

export const SECTIONS: readonly Section[] = [
  { title: 'Framing, OPEN, negotiation', rows: FRAMING_ROWS },
  { title: 'FSM, timers, collision', rows: SESSION_ROWS },
  { title: 'UPDATE: the attributes of RFC 7606', rows: ATTRIBUTE_ROWS },
  { title: 'UPDATE: parsing', rows: UPDATE_ROWS },
  { title: 'AS_PATH, four-octet AS numbers, reflection', rows: PATH_ROWS },
  { title: 'Route refresh', rows: REFRESH_ROWS },
  { title: 'Graceful restart', rows: RESTART_ROWS },
  { title: 'Transport', rows: TRANSPORT_ROWS },
]

/** The rows that a test's name claims to prove, as ids in text. */
export function rowsNamed(text: string): string[] {
  const ids: string[] = []
  for (const [, list = ''] of text.matchAll(/\[rows? (\d+(?:, \d+)*)\]/g)) ids.push(...list.split(', '))
  for (const [, name = ''] of text.matchAll(/\[attribute ([A-Za-z0-9_]+)\]/g)) ids.push(name)
  return [...new Set(ids)]
}
