// The bodies of requests that announce and withdraw routes.
import { z } from 'zod'
import { complaintOf, keyPath } from '../core/errors/complaint.ts'
import { UserError, whatHappened } from '../core/errors/user-error.ts'
import { parseAddress, parsePrefix } from '../core/ip/text.ts'
import type { AnnounceRoute } from '../harness/announce-route.ts'
import { keysAt } from '../kube/schema-keys.ts'

/** Text that `read` takes. */
const readable = (read: (text: string) => unknown): z.ZodString =>
  z.string().superRefine((text, context) => {
    try {
      read(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: whatHappened(error) })
    }
  })

const number = z.number().int().min(0).max(4_294_967_295)
const announceSchema = z.strictObject({
  routes: z.array(
    z.strictObject({
      prefix: readable(parsePrefix),
      nextHop: readable(parseAddress).optional(),
      med: number.optional(),
      localPref: number.optional(),
      asPath: z.array(number).optional(),
      communities: z.array(number).optional(),
      largeCommunities: z.array(z.tuple([number, number, number])).optional(),
    }),
  ),
  peer: z.string().optional(),
})
const withdrawSchema = z.strictObject({
  prefixes: z.array(readable(parsePrefix)),
  peer: z.string().optional(),
})

function read<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const { path, message } = complaintOf(parsed.error.issues, (at) => keysAt(schema, at))
  throw new UserError('RW_USAGE', `the request: ${keyPath(path)}: ${message}`)
}

/** Throws RW_USAGE with the path of what is wrong. */
export function announceOf(body: unknown): { routes: readonly AnnounceRoute[]; peer: string | undefined } {
  const { routes, peer } = read(announceSchema, body)
  // What is undefined was left out: JSON has no other.
  return { routes: routes as AnnounceRoute[], peer }
}

/** Throws RW_USAGE with the path of what is wrong. */
export function withdrawOf(body: unknown): { prefixes: readonly string[]; peer: string | undefined } {
  const { prefixes, peer } = read(withdrawSchema, body)
  return { prefixes, peer }
}
