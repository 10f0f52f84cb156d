// A process that starts a router and its API as a test's global setup does, and then waits to be killed. It prints where they
// are as one line of JSON.
import { serveRouter } from '../../src/api/serve-router.ts'

const [listen, socket] = process.argv.slice(2)
const served = await serveRouter({
  asn: 65000,
  listen: listen!,
  ...(socket === undefined ? {} : { socket }),
})
process.stdout.write(`${JSON.stringify({ listeners: served.handle.listeners, url: served.url })}\n`)
