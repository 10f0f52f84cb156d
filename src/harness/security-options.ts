// TCP MD5 and GTSM, as an entry of `peers` asks for them.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { whatHappened } from '../core/errors/user-error.ts'
import { contains } from '../core/ip/arithmetic.ts'
import { formatPrefix } from '../core/ip/text.ts'
import type { PeerRange } from '../core/speaker/contract.ts'
import { PASSWORD_MAX, type PeerSecurity } from '../net/socket-security.ts'

/** Keys of an entry of `peers`. */
export const securitySettings = {
  /** Key of TCP MD5 signatures (RFC 2385). */
  password: z.string().min(1).optional(),
  /** A file that has the key: one line. */
  passwordFile: z.string().optional(),
  /** GTSM (RFC 5082): the peer is on the same link. */
  ttlSecurity: z.boolean().default(false),
}

type SecuritySettings = z.output<z.ZodObject<typeof securitySettings>>

interface SecurityProblem {
  readonly path: PropertyKey[]
  readonly problem: string
}

/**
 * What the entries ask for, or what is wrong with one. No message has a key in it.
 * @param ranges of the same entries
 */
export function resolveSecurity(
  entries: readonly SecuritySettings[],
  ranges: readonly PeerRange[],
): { readonly entries: readonly PeerSecurity[] } | SecurityProblem {
  const found = new Map<string, PeerSecurity>()
  for (const [at, entry] of entries.entries()) {
    const { from } = ranges[at]!
    const read = passwordOf(entry)
    if ('problem' in read) return { path: ['peers', at, read.key], problem: read.problem }
    const { password } = read
    const ttlSecurity = entry.ttlSecurity
    const prefix = formatPrefix(from)
    const other = found.get(prefix)
    const differs =
      other !== undefined &&
      (other.password !== password
        ? 'password'
        : other.ttlSecurity !== ttlSecurity
          ? 'ttlSecurity'
          : undefined)
    if (typeof differs === 'string')
      return {
        path: ['peers', at, differs],
        problem: `differs from another entry of ${prefix}: the kernel knows peers by their address alone`,
      }
    found.set(prefix, { from, ttlSecurity, ...(password === undefined ? {} : { password }) })
  }
  for (const [at, { from }] of ranges.entries()) {
    if (found.get(formatPrefix(from))!.password !== undefined) continue
    const around = [...found.values()].find(
      (other) => other.password !== undefined && contains(other.from, from),
    )
    if (around !== undefined)
      return {
        path: ['peers', at, 'password'],
        problem: `is not given, and ${formatPrefix(around.from)} has one, which the kernel asks of all that lies within: give this one its own`,
      }
  }
  return { entries: [...found.values()] }
}

function passwordOf({
  password,
  passwordFile,
}: SecuritySettings):
  | { readonly password: string | undefined }
  | { readonly key: 'password' | 'passwordFile'; readonly problem: string } {
  if (passwordFile === undefined) return checked(password, 'password')
  if (password !== undefined)
    return { key: 'passwordFile', problem: 'there is a password, too: give one of them' }
  try {
    const password = readFileSync(passwordFile, 'utf8').replace(/\r?\n$/, '')
    if (/[\r\n]/.test(password))
      return { key: 'passwordFile', problem: `${resolve(passwordFile)} has more than one line` }
    return checked(password, 'passwordFile')
  } catch (error) {
    return { key: 'passwordFile', problem: `${resolve(passwordFile)}: ${whatHappened(error)}` }
  }
}

function checked(
  password: string | undefined,
  key: 'password' | 'passwordFile',
): ReturnType<typeof passwordOf> {
  const octets = password === undefined ? 1 : Buffer.byteLength(password)
  if (octets >= 1 && octets <= PASSWORD_MAX) return { password }
  return { key, problem: `a key has 1 to ${PASSWORD_MAX} octets, this one has ${octets}` }
}
