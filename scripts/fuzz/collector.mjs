// Loaded into a `serve` (`--import`): on SIGUSR2 it collects all garbage and says what is left.
import { setFlagsFromString } from 'node:v8'
import { isMainThread } from 'node:worker_threads'
import { runInNewContext } from 'node:vm'

if (isMainThread) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  let times = 0
  process.on('SIGUSR2', () => {
    collect()
    const { heapUsed, external, rss } = process.memoryUsage()
    times += 1
    process.stderr.write(`collected ${times}: ${heapUsed + external} live, ${rss} resident\n`)
  })
}
