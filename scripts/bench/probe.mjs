// Loaded into a Node process that is measured (`node --import`): answers with its longest event-loop stall, and how
// much of a stall its main thread had a processor: the rest is other processes' doing, or the host's.
import { openSync, readSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Reading the scheduler's account takes some 10 µs, so it is not done more often. Milliseconds. */
const TICK = 4

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()

/** The scheduler's account of the main thread; undefined where the system has none. */
const account = (() => {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`)
  } catch {
    return undefined
  }
})()
const text = Buffer.alloc(128)

/** Milliseconds that the main thread has run; NaN where the system does not tell. Leaves nothing behind that V8 has to collect. */
function ran() {
  if (account === undefined) return NaN
  const length = readSync(account, text, 0, text.length, 0)
  let nanoseconds = 0
  for (let at = 0; at < length && text[at] !== 0x20; at++) nanoseconds = 10 * nanoseconds + text[at] - 0x30
  return nanoseconds / 1e6
}

let before = { at: performance.now(), ran: ran() }
let worst = { late: 0, ran: 0 }
setInterval(() => {
  const now = { at: performance.now(), ran: ran() }
  const late = now.at - before.at - TICK
  if (late > worst.late) worst = { late, ran: now.ran - before.ran }
  before = now
}, TICK).unref()

process.on('message', (what) => {
  if (what === 'reset') {
    delay.reset()
    before = { at: performance.now(), ran: ran() }
    worst = { late: 0, ran: 0 }
  } else if (what === 'read') {
    process.send({ max: delay.max / 1e6, p99: delay.percentile(99) / 1e6, ran: worst.ran })
  }
})
process.channel?.unref()
if (process.argv[1] === undefined || process.argv[1].endsWith('probe.mjs')) process.channel?.ref()
