// Which paths lead to a target: the next hops of the longest announced prefix that covers it.
import type { Observer } from '../core/check/observer.ts'
import { UserError } from '../core/errors/user-error.ts'
import { formatAddress, formatPrefix, parseAddress } from '../core/ip/text.ts'
import { masked } from '../core/ip/arithmetic.ts'
import type { Prefix } from '../core/ip/prefix.ts'

export interface Target {
  readonly host: string
  readonly port: number
  /** "198.19.1.10:8080", "[fd00::10]:8080". */
  readonly text: string
}

/** A next hop that leads to a target. */
export interface Path {
  /** Text of the target. */
  readonly target: string
  readonly prefix: string
  readonly nextHop: string
  readonly node: string
}

/** Reads "198.19.1.10:8080" or "[fd00::10]:8080"; 8080 is the port unless given. Throws RW_USAGE. */
export function parseTarget(text: string): Target {
  const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)|([0-9a-f:]*:[0-9a-f:]*:[0-9a-f.:]*))(?::(\d{1,5}))?$/i.exec(
    text,
  )
  const address = match?.[1] ?? match?.[2] ?? match?.[3]
  const port = Number(match?.[4] ?? 8080)
  try {
    const host = formatAddress(parseAddress(address ?? ''))
    if (port < 1 || port > 65_535) throw new Error('no port')
    return { host, port, text: `${host.includes(':') ? `[${host}]` : host}:${port}` }
  } catch {
    throw new UserError('RW_USAGE', `"${text}" is no address with a port`, {
      remedy: 'Write for example 10.5.113.10:8080 or [fd00::10]:8080.',
    })
  }
}

/** The paths to the targets that are announced now, in the order of the targets. */
export function pathsTo(observer: Observer, targets: readonly Target[]): readonly Path[] {
  return targets.flatMap((target) => {
    const address = parseAddress(target.host)
    for (let length = address.words.length * 32; length >= 0; length--) {
      const prefix = masked(address, length)
      const paths = pathsOf(observer, prefix, target)
      if (paths.length > 0) return paths
    }
    return []
  })
}

function pathsOf({ world, checker }: Observer, prefix: Prefix, target: Target): readonly Path[] {
  const paths = new Map<string, Path>()
  for (const { peer, route } of world.speaker.lookup(prefix)) {
    if (route.nextHop === undefined) continue
    const nextHop = formatAddress(route.nextHop.global)
    const node = checker.nodeOf(peer) ?? world.speaker.peer(peer)?.identifier ?? peer
    paths.set(nextHop, { target: target.text, prefix: formatPrefix(prefix), nextHop, node })
  }
  return [...paths.values()].sort((a, b) => (a.nextHop < b.nextHop ? -1 : 1))
}
