// The echo server that probes ask: says who answers and whom it sees. It imports nothing of ours, so that its compiled file
// alone is the command of a container: `node echo-server.js`, with PORT, POD_NAME and NODE_NAME in the environment.
import { createServer, type Server } from 'node:http'
import { hostname } from 'node:os'
import { argv, env } from 'node:process'
import { fileURLToPath } from 'node:url'

export interface EchoOptions {
  readonly host?: string | undefined
  /** 0 lets the system choose. */
  readonly port: number
  /** The host name unless given. */
  readonly pod?: string | undefined
  readonly node?: string | undefined
}

/** By this a prober knows that no gateway or other server answered. */
export const ECHO = 'routewitness'
const LARGEST = 65_536

/**
 * Answers every request with `{"echo","pod","node","client"}`; `?size=N` adds so many octets, at most 65536.
 * Listens when the promise resolves.
 */
export function serveEcho({ host, port, pod = hostname(), node }: EchoOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const size = Number(new URL(request.url ?? '/', 'http://echo').searchParams.get('size') ?? 0)
    const client = request.socket.remoteAddress?.replace(/^::ffff:/, '')
    const pad = size > 0 ? { pad: 'x'.repeat(Math.min(size, LARGEST)) } : {}
    const body = `${JSON.stringify({ echo: ECHO, pod, node, client, ...pad })}\n`
    request.resume()
    request.once('end', () => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      })
      response.end(body)
    })
  })
  // A connection that is kept open may be silent while packets are lost: that is what it is for.
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}

if (argv[1] === fileURLToPath(import.meta.url))
  await serveEcho({ port: Number(env['PORT'] ?? 8080), pod: env['POD_NAME'], node: env['NODE_NAME'] })
