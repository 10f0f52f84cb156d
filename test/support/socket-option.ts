// Options of the sockets of this process. Node does not tell; the kernel does, asked by a perl that inherits the socket.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** getsockopt of file descriptor 3. */
const ASK =
  'open(my $socket, "+<&=", 3) or die $!; print unpack("i", getsockopt($socket, $ARGV[0], $ARGV[1]) // die $!)'

/** Level and number, as linux/in.h and linux/tcp.h have them. */
const OPTIONS = {
  TCP_NODELAY: [6, 1],
  IP_TTL: [0, 2],
  IP_MINTTL: [0, 21],
} as const

/** Why this cannot be asked here; undefined where it can. */
export function cannotAsk(): string | undefined {
  if (process.platform !== 'linux') return 'sockets are found in /proc, which only Linux has'
  return spawnSync('perl', ['-v']).status === 0 ? undefined : 'no perl: apt-get install perl-base'
}

/** @param local, remote ports of the connection, on IPv4 */
export async function socketOption(
  name: keyof typeof OPTIONS,
  { local, remote }: { readonly local: number; readonly remote: number },
): Promise<number> {
  const perl = spawn('perl', ['-e', ASK, ...OPTIONS[name].map(String)], {
    stdio: ['ignore', 'pipe', 'inherit', descriptorOf(local, remote)],
  })
  const [answer] = await Promise.all([text(perl.stdout!), once(perl, 'close')])
  if (!/^\d+$/.test(answer)) throw new Error(`perl says ${JSON.stringify(answer)}`)
  return Number(answer)
}

/** The file descriptor of our end. See proc_net_tcp in the kernel's documentation: ports are hexadecimal, the tenth field is the inode. */
function descriptorOf(local: number, remote: number): number {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0')
  const inode = readFileSync('/proc/self/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, ours, theirs]) => ours?.endsWith(`:${hex(local)}`) && theirs?.endsWith(`:${hex(remote)}`))?.[9]
  const found = readdirSync('/proc/self/fd').find((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) === `socket:[${inode}]`
    } catch {
      return false
    }
  })
  if (found === undefined) throw new Error(`no socket from port ${local} to ${remote} in this process`)
  return Number(found)
}
