// Which sessions were Established at an instant.
import type { Ledger } from './ledger.ts'
import type { EstablishedSession } from './noted.ts'

/** After event `seq`. A ledger that begins again, after a gap or a new start, knows of those that it began with only. */
export function upAt({ upAlready, established, closed, began }: Ledger, seq: number): EstablishedSession[] {
  const up = new Map<number, EstablishedSession>()
  const from = began.findLast((one) => one <= seq) ?? 0
  for (const one of [...upAlready, ...established])
    if (one.seq >= from && one.seq <= seq) up.set(one.session, one)
  for (const one of closed) if (one.seq >= from && one.seq <= seq) up.delete(one.session)
  return [...up.values()]
}
