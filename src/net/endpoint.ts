// Where to listen, as text: 127.0.0.1:1790, [::1]:1790, [fe80::1%eth0]:1790.
import { isIP } from 'node:net'
import { UserError } from '../core/errors/user-error.ts'

/** An address to listen on. `host` keeps a zone id; port 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/**
 * Reads "address:port", IPv6 in brackets.
 * @throws UserError RW_CONFIG when it is not that
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text)
  const host = match?.groups?.['v6'] ?? match?.groups?.['v4']
  const port = Number(match?.groups?.['port'])
  const version = match?.groups?.['v6'] === undefined ? 4 : 6
  if (host === undefined || isIP(host) !== version || port > 65535) {
    throw new UserError('RW_CONFIG', `cannot listen on '${text}': not an address with a port`, {
      remedy: 'Write 0.0.0.0:1790, 127.0.0.1:1790 or [::1]:1790.',
    })
  }
  return { host, port }
}

/** "address:port", IPv6 in brackets. */
export function formatListenAddress(address: ListenAddress): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}
