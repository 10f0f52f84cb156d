// One reading of a trace in a process of its own, so that only reading is measured: ./read.ts starts it.
import { loadWorld } from '../../src/trace/load.ts'
import { openTrace } from '../../src/trace/reader.ts'

const [directory = '', what = ''] = process.argv.slice(2)
const reader = await openTrace(directory)
const cpu = process.cpuUsage()
const begun = performance.now()
let messages = 0
let routes = 0
if (what === 'events') {
  for await (const event of reader.events()) if (event.type === 'message') messages++
} else {
  const world = await loadWorld(reader, {
    onEvent: (event) => {
      if (event.type === 'message') messages++
    },
  })
  for (const peer of world.speaker.peers()) routes += peer.routes
}
const { user, system } = process.cpuUsage(cpu)
const wall = (performance.now() - begun) / 1000
process.stdout.write(JSON.stringify({ messages, routes, cpu: (user + system) / 1e6, wall }))
