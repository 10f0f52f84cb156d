// Messages and attributes as one line for people.
import { formatIdentifier } from '../ip/text.ts'
import type { Attributes } from './attribute-set.ts'
import { formatNextHop, formatNlri } from './attributes/mp-reach.ts'
import { ATTRIBUTES } from './attributes/table.ts'
import { toHex } from './bytes.ts'
import { formatCapability } from './capabilities/table.ts'
import { familyName } from './families.ts'
import type {
  Message,
  NotificationMessage,
  OpenMessage,
  RouteRefreshMessage,
  UpdateMessage,
} from './message.ts'
import { describeNotification, shutdownCommunication } from './notification.ts'
import { openAsn } from './open.ts'

export { formatAsPath } from './attributes/as-path.ts'
export { formatCommunities } from './attributes/communities.ts'
export { formatNextHop } from './attributes/mp-reach.ts'

/** "ORIGIN IGP, AS_PATH 64512 {64513,64514}, COMMUNITIES 64512:100", in type order; raw ones as "attribute 99 0x00ff". */
export function formatAttributes(attributes: Attributes): string {
  const texts: { type: number; text: string }[] = []
  for (const row of ATTRIBUTES) {
    const { type, name, field } = row
    const value = field === undefined ? undefined : attributes[field]
    if (value !== undefined) texts.push({ type, text: `${name} ${row.format(value)}`.trimEnd() })
  }
  for (const { type, bytes } of attributes.unknown ?? [])
    texts.push({ type, text: `attribute ${type} 0x${toHex(bytes)}` })
  return texts
    .sort((a, b) => a.type - b.type)
    .map(({ text }) => text)
    .join(', ')
}

/** A message in one line: its name and what it says. */
export function formatMessage(message: Message): string {
  switch (message.type) {
    case 'open':
      return formatOpen(message)
    case 'update':
      return formatUpdate(message)
    case 'keepalive':
      return 'KEEPALIVE'
    case 'notification':
      return formatNotification(message)
    case 'route-refresh':
      return formatRouteRefresh(message)
  }
}

function formatOpen(open: OpenMessage): string {
  const head = `OPEN AS ${openAsn(open)} identifier ${formatIdentifier(open.identifier)} hold ${open.holdTime} s`
  return open.capabilities.length === 0
    ? head
    : `${head}: ${open.capabilities.map(formatCapability).join(', ')}`
}

function formatUpdate(update: UpdateMessage): string {
  if (update.endOfRib !== undefined) return `UPDATE End-of-RIB ${familyName(update.endOfRib)}`
  const attributes = formatAttributes(update.attributes.decoded)
  const parts = [
    ...update.unreach.map((unreach) => `withdraw ${familyName(unreach.family)} ${formatNlri(unreach)}`),
    ...update.reach.map(
      (reach) =>
        `announce ${familyName(reach.family)} ${formatNlri(reach)} next hop ${formatNextHop(reach.nextHop)}`,
    ),
    ...(attributes === '' ? [] : [attributes]),
    ...update.malformed.map(({ disposition, reason, clause }) => `${disposition}: ${reason} (${clause})`),
  ]
  return parts.length === 0 ? 'UPDATE' : `UPDATE ${parts.join('; ')}`
}

/** "NOTIFICATION 6/4 Cease/Administrative Reset "Peer configuration changed"". */
function formatNotification(notification: NotificationMessage): string {
  const { code, subcode, data } = notification
  const text = shutdownCommunication(notification)
  const detail =
    text !== undefined ? ` ${JSON.stringify(text)}` : data.length > 0 ? ` data 0x${toHex(data)}` : ''
  return `NOTIFICATION ${code}/${subcode} ${describeNotification(code, subcode)}${detail}`
}

function formatRouteRefresh({ family, subtype }: RouteRefreshMessage): string {
  const kind = ['request', 'BoRR', 'EoRR'][subtype] ?? `subtype ${subtype}`
  return `ROUTE-REFRESH ${kind} ${familyName(family)}`
}
