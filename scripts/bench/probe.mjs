// Loaded into a Node process that is measured (`node --import`): answers with its longest event-loop stall.
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
process.on('message', (what) => {
  if (what === 'reset') delay.reset()
  else if (what === 'read') process.send({ max: delay.max / 1e6, p99: delay.percentile(99) / 1e6 })
})
process.channel?.unref()
if (process.argv[1] === undefined || process.argv[1].endsWith('probe.mjs')) process.channel?.ref()
