// Conditions as they travel to a server, and the instants that they count from.
import { z } from 'zod'
import { didYouMean } from '../core/errors/nearest.ts'
import { UserError } from '../core/errors/user-error.ts'

/** An instant that is known: an event number, or what has one. */
export type Known = number | { readonly seq: number }

/**
 * An instant: an event number, a mark as mark() gives it, a window, or the name of a mark, which the router that waits looks
 * up when the wait begins. What counts is what comes after it.
 */
export type Since = Known | string

/** Throws RW_USAGE for what is no instant: what was not awaited would be the beginning of all. */
export function checkSince(since: unknown, where: string): void {
  if (since === undefined || typeof since === 'string' || Number.isInteger(since)) return
  const isPromise = typeof since === 'object' && since !== null && 'then' in since
  if (typeof since === 'object' && since !== null && 'seq' in since && Number.isInteger(since.seq)) return
  throw new UserError('RW_USAGE', `${where}: since: ${isPromise ? 'a promise' : 'this'} is no instant`, {
    remedy: isPromise
      ? 'Await it first: const before = await router.mark("before").'
      : 'Give the name of a mark, what mark() or window() gave, or the number of an event.',
  })
}

/** The event number of an instant; 0, before every event, for none. */
export const seqOf = (since: Known | undefined): number =>
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
export function instantOf(text: string, { marks, lastEvent }: Instants): Known {
  const mark = marks.get(text)
  if (mark !== undefined) return { seq: mark.seq }
  if (/^\d+$/.test(text) && Number(text) <= lastEvent.seq) return Number(text)
  throw new UserError(
    'RW_NOT_FOUND',
    /^\d+$/.test(text)
      ? `there is no event ${text} yet: the last one is ${lastEvent.seq}`
      : `there is no mark "${text}"${others(text, marks.list?.() ?? [])}`,
    { remedy: 'Make a mark with `routewitness mark`, or `router.mark(name)`, or give an event number.' },
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
