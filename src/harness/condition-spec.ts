// Conditions as they travel to a server, and the instants that they count from.
import { z } from 'zod'
import { didYouMean } from '../core/errors/nearest.ts'
import { UserError } from '../core/errors/user-error.ts'

/** An instant: an event number, or a mark as mark() gives it. What counts is what comes after it. */
export type Since = number | { readonly seq: number }

/** The event number of an instant; 0, before every event, for none. */
export const seqOf = (since: Since | undefined): number =>
  since === undefined ? 0 : typeof since === 'number' ? since : since.seq

const since = z.string().optional()
export const conditionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sessions'),
    which: z.union([z.literal('all'), z.number().int().min(1), z.array(z.string()).min(1)]),
  }),
  z.strictObject({ kind: z.literal('routes') }),
  z.strictObject({ kind: z.literal('route'), prefix: z.string(), from: z.string().optional() }),
  z.strictObject({ kind: z.literal('end-of-rib'), since }),
  z.strictObject({ kind: z.literal('quiet'), span: z.string(), since }),
  z.strictObject({ kind: z.literal('converged'), since }),
])

/** A condition as it travels to a server. `since` is the name of a mark or an event number. */
export type ConditionSpec = z.input<typeof conditionSchema>

/** The instants that a request may name. */
export interface Instants {
  readonly marks: {
    get(name: string): { readonly seq: number } | undefined
    list?(): readonly { readonly name: string }[]
  }
  readonly lastEvent: { readonly seq: number }
}

/** The instant that a request names. Throws RW_NOT_FOUND for a mark that was not given or an event that is still to come. */
export function instantOf(text: string, { marks, lastEvent }: Instants): Since {
  const mark = marks.get(text)
  if (mark !== undefined) return { seq: mark.seq }
  if (/^\d+$/.test(text) && Number(text) <= lastEvent.seq) return Number(text)
  throw new UserError(
    'RW_NOT_FOUND',
    /^\d+$/.test(text)
      ? `there is no event ${text} yet: the last one is ${lastEvent.seq}`
      : `there is no mark "${text}"${others(text, marks.list?.() ?? [])}`,
    { remedy: 'Make a mark with `routewitness mark`, or give an event number.' },
  )
}

/** Marks that are told where none is near. */
const SHOWN = 10

/** What may have been meant, else the latest marks. */
function others(text: string, marks: readonly { readonly name: string }[]): string {
  const names = [...new Set(marks.map(({ name }) => name))]
  const near = didYouMean(text, names)
  if (near !== undefined) return ` (${near})`
  if (names.length === 0) return ': no mark was made so far'
  const shown = names.slice(-SHOWN)
  return `; there ${names.length === 1 ? 'is' : 'are'} ${shown.length < names.length ? '…, ' : ''}${shown.join(', ')}`
}
