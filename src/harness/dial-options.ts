// Where a peer comes from and how it is dialled, as an entry of `peers` says it.
import { isIP } from 'node:net'
import { whatHappened } from '../core/errors/user-error.ts'
import { sameAddress } from '../core/ip/arithmetic.ts'
import type { Prefix } from '../core/ip/prefix.ts'
import { parsePrefix } from '../core/ip/text.ts'
import { readRange } from './range.ts'
import { withoutZone } from '../core/speaker/originate.ts'
import type { DialConfig } from '../core/speaker/contract.ts'
import { parseListenAddress } from '../net/endpoint.ts'
import { parseDuration } from './duration.ts'

/** The part of a peer's entry that this file is about. */
export interface DialSettings {
  readonly from?: string | undefined
  readonly dial?: string | undefined
  readonly mode?: 'active' | 'passive' | 'both' | undefined
  readonly localAddress?: string | undefined
  readonly connectRetry: string | number
  readonly damping: boolean
}

/** What is wrong with which key. */
interface DialProblem {
  readonly key: keyof DialSettings
  readonly problem: string
}

/** What the entry means, or what is wrong with it. */
export function resolveDial(
  entry: DialSettings,
): { readonly from: Prefix; readonly dial?: DialConfig } | DialProblem {
  const { mode, localAddress, damping } = entry
  let key: keyof DialSettings = 'from'
  try {
    const written = entry.from === undefined ? undefined : readRange(entry.from)
    key = 'dial'
    if (entry.dial === undefined) {
      if (written === undefined) return { key: 'from', problem: 'a peer needs this, or an address to dial' }
      if (mode !== undefined && mode !== 'passive')
        return { key: 'mode', problem: `${mode} needs an address to dial` }
      return { from: written }
    }
    const target = targetOf(entry.dial)
    if (target === undefined)
      return { key, problem: `cannot dial '${entry.dial}': write 127.0.0.2:179 or [fd00::2]:179` }
    const from = parsePrefix(asPrefix(withoutZone(target.host)))
    if (written !== undefined && !samePlace(written, from))
      return { key: 'from', problem: `a peer that is dialled comes from the one address ${target.host}` }
    if (mode === 'passive') return { from }
    key = 'connectRetry'
    const connectRetry = parseDuration(entry.connectRetry, key) / 1e6
    if (!Number.isInteger(connectRetry) || connectRetry < 1 || connectRetry > 65_535)
      return { key, problem: 'whole seconds from 1 to 65535 are meant' }
    if (localAddress !== undefined && isIP(localAddress) !== isIP(target.host))
      return {
        key: 'localAddress',
        problem: `'${localAddress}' is no address that could reach ${target.host}`,
      }
    return {
      from,
      dial: {
        address: target.host,
        port: target.port,
        ...(localAddress === undefined ? {} : { localAddress }),
        connectRetry,
        accept: mode !== 'active',
        ...(damping ? { damping } : {}),
      },
    }
  } catch (error) {
    return { key, problem: whatHappened(error) }
  }
}

function targetOf(text: string): { readonly host: string; readonly port: number } | undefined {
  try {
    const target = parseListenAddress(text)
    return target.port === 0 ? undefined : target
  } catch {
    return undefined
  }
}

function samePlace(one: Prefix, other: Prefix): boolean {
  return one.length === other.length && sameAddress(one, other)
}

const asPrefix = (text: string): string =>
  text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`
