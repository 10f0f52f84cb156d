// The routes that are announced at the end of an MRT file, by bgpdump's account.
import { output } from './daemon.ts'

/**
 * "PREFIX via NEXT_HOP path AS_PATH", sorted. Routes are kept by peer address and AS; a session of that peer that
 * closes takes none of them with it here, because BGP4MP messages do not tell of it.
 * @param received only records whose peer is this AS; bgpdump prints what we sent (_LOCAL) under the peer's address
 *   too, with our own AS at the head of the path, which is how they are told apart
 */
export async function dumpedRoutes(file: string): Promise<string[]> {
  const routes = new Map<string, string>()
  for (const line of (await output('bgpdump', ['-m', file])).split('\n')) {
    const [, , kind, peer = '', asn = '', prefix = '', path = '', , nextHop = ''] = line.split('|')
    if (kind === 'W') routes.delete(`${peer} ${asn} ${prefix}`)
    else if (kind === 'A' && path.split(' ')[0] === asn)
      routes.set(`${peer} ${asn} ${prefix}`, `${prefix} via ${nextHop} path ${path}`)
  }
  return [...routes.values()].sort()
}
