// What `serve` tells the person who started it: one line per session, refusal, finding and change of the cluster's watch.
import { plural } from '../core/errors/plural.ts'
import { printable } from '../core/errors/printable.ts'
import { isRefusal } from '../core/session/cause.ts'
import { describeCause } from '../core/session/describe.ts'
import type { SessionView } from '../core/speaker/contract.ts'
import type { Told } from '../core/speaker/route-batch.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { openAsn } from '../core/wire/open.ts'
import type { RouterHandle } from '../harness/handle.ts'
import { VERSION } from '../harness/version.ts'

type Say = (line: string) => void

/** Lines about one source that is refused again and again are a minute apart. Microseconds. */
const REFUSAL_PAUSE = 60_000_000

/** Where it listens, and where it can be asked. */
export function sayHello(
  handle: RouterHandle,
  { path, url }: { path: string | undefined; url: string | undefined },
  say: Say,
): void {
  say(
    `routewitness ${VERSION}, AS ${handle.settings.speaker.asn}, listens on ${handle.listeners.join(' and ')}`,
  )
  say(`trace    ${handle.trace ?? 'none'}`)
  if (path !== undefined) say(`socket   ${path}`)
  if (url !== undefined) say(`http     ${url}`)
}

/** Tells what happens from now on. */
export function tellNews(handle: RouterHandle, say: Say): void {
  const refusals = new Map<string, number>()
  handle.onFinding(({ action, finding }) => {
    const subject = [finding.node, finding.prefix, finding.code]
      .filter((part) => part !== undefined)
      .join(' ')
    say(printable(`${action === 'opened' ? 'finding ' : 'resolved'} ${subject}: ${finding.summary}`))
  })
  handle.router.watch((event, told) => {
    const line = resourceLine(event)
    if (line !== undefined) say(line)
    for (const item of told) {
      const text = newsLine(handle, item, event.at, refusals)
      if (text !== undefined) say(printable(text))
    }
  })
}

/** Which cluster it is, once its objects were read. */
export function sayCluster(handle: RouterHandle, description: string | undefined, say: Say): void {
  if (description === undefined) {
    say('cluster  none: sessions and routes are recorded, and compared with nothing')
    return
  }
  const { resources } = handle.router.observer.world
  const nodes = handle.router.observer.checker.book.nodes.size
  const without = [...resources].filter(([, state]) => state !== 'synced' && state !== 'not-given')
  const notGiven = [...resources].filter(([, state]) => state === 'not-given').map(([name]) => name)
  const parts = [
    `cluster  ${description}: ${plural(nodes, 'node')}`,
    ...(without.length === 0
      ? []
      : [`done without: ${without.map(([name, state]) => `${name} ${state}`).join(', ')}`]),
    ...(notGiven.length === 0 ? [] : [`not in the dump: ${notGiven.join(', ')}`]),
  ]
  say(parts.join('; '))
}

function resourceLine(event: StreamEvent): string | undefined {
  if (event.type !== 'resource') return undefined
  if (event.state === 'synced' || event.state === 'absent' || event.state === 'not-given') return undefined
  return printable(
    `cluster  ${event.resource} ${event.state}${event.message === undefined ? '' : `: ${event.message}`}`,
  )
}

function newsLine(
  handle: RouterHandle,
  item: Told,
  at: number,
  refusals: Map<string, number>,
): string | undefined {
  if (item.news === 'session-established')
    return `peer     ${nameOf(handle, item.session, item.peer)} Established`
  if (item.news !== 'session-closed') return undefined
  const session = handle.router.observer.world.speaker.session(item.session)
  if (item.wasEstablished)
    return `peer     ${nameOf(handle, item.session, item.peer)} down: ${describeCause(item.cause)}`
  if (session === undefined || !isRefusal(item.cause)) return undefined
  const text = `refused  ${session.remote.address}: ${describeCause(item.cause)}${hint(handle, session)}`
  if (at - (refusals.get(text) ?? -Infinity) < REFUSAL_PAUSE) return undefined
  refusals.set(text, at)
  return text
}

/** What of our own configuration the refusal is about. */
function hint(handle: RouterHandle, { cause, received }: SessionView): string {
  if (cause?.kind === 'unknown-peer') return ' (its address is in no range of --from or peers)'
  if (cause?.kind !== 'open-error' || cause.notification.code !== 2 || cause.notification.subcode !== 2)
    return ''
  if (cause.by === 'peer')
    return ` (it expects another AS of us than ${handle.settings.speaker.asn}: see --asn)`
  return received === undefined ? '' : ` (its AS is ${openAsn(received)}: see --peer-asn)`
}

/** The node's name, or where the peer comes from when no object names it. */
function nameOf(handle: RouterHandle, session: number, peer: string | undefined): string {
  const { checker, world } = handle.router.observer
  const node = peer === undefined ? undefined : checker.nodeOf(peer)
  const view = world.speaker.session(session)
  const from =
    view === undefined
      ? ''
      : `${view.remote.address}${view.received === undefined ? '' : ` AS ${openAsn(view.received)}`}`
  return node === undefined ? from : `${node} (${from})`
}
