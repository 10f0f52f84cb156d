// When what waits is written: in blocks that are worth a write, after a while, or at once where somebody waits for it.
import { expect, test } from 'vitest'
import { LiveStream } from '../support/live-stream.ts'
import { eventsOf, FaultyFiles, record } from '../support/trace-folder.ts'

/** Longer than any test. */
const NEVER = 1_000_000
/** A mark that takes so many octets. */
const big = (octets: number): string => 'x'.repeat(octets)

/** A trace that has begun, and whose next write waits. */
async function held(
  options: Parameters<typeof record>[1] = {},
): Promise<
  Awaited<ReturnType<typeof record>> & { live: LiveStream; files: FaultyFiles; waits: Promise<void> }
> {
  const live = new LiveStream()
  const files = new FaultyFiles()
  const recording = await record(live, { files, delay: NEVER, ...options })
  live.start()
  await recording.writer.flush()
  return { ...recording, live, files, waits: files.hold() }
}

test('what comes while a block is written waits until it is worth a write', async () => {
  const { live, files, writer, waits, directory } = await held()
  const { written } = writer.stats
  live.mark(big(300_000))
  await waits
  let came = 0
  files.onWrite = () => {
    if (++came <= 20) live.mark(`came with write ${came}`)
  }
  live.mark('little')
  files.release()
  // Each write would bring the next one.
  await expect.poll(() => writer.stats.written - written).toBeGreaterThan(300_000)
  expect(came).toBe(0)
  files.onWrite = undefined
  await writer.flush()
  expect(await eventsOf(directory)).toHaveLength(live.events.length)
})

test('and is written after a while where no more comes', async () => {
  const { live, files, waits, directory } = await held({ delay: 1 })
  live.mark(big(300_000))
  await waits
  live.mark('little')
  files.release()
  const second = files.hold()
  await second
  files.release()
  await expect.poll(async () => (await eventsOf(directory)).length).toBe(live.events.length)
})

test('flush() waits for all that was appended before it, whatever is appended after it', async () => {
  const { live, writer, directory, files } = await held({ rotateBytes: 150_000 })
  files.release()
  live.mark(big(160_000))
  live.mark('in a segment of its own')
  live.mark('is to be in the file')
  const before = live.events.length
  const flushed = writer.flush()
  live.mark(big(120_000))
  await flushed
  const events = await eventsOf(directory)
  expect(events.filter(({ type }) => type !== 'checkpoint').length).toBeGreaterThanOrEqual(before)
})

test('close() writes all, also while a block is written', async () => {
  const { live, writer, directory, files, waits, problems } = await held()
  live.mark(big(300_000))
  await waits
  live.mark('little')
  const closed = writer.close()
  files.release()
  await closed
  expect(problems).toEqual([])
  expect(await eventsOf(directory)).toHaveLength(live.events.length)
})

test('events are taken again as soon as the disk has room for them, not a while later', async () => {
  const told: string[] = []
  let goesOn = (): void => undefined
  const again = new Promise<void>((resolve) => (goesOn = resolve))
  const { live, files, waits } = await held({
    bufferBytes: 310_000,
    onProblem: (problem) => {
      told.push(problem)
      if (problem.startsWith('the trace goes on')) goesOn()
    },
  })
  live.mark(big(300_000))
  await waits
  live.mark(big(20_000))
  live.mark('is not recorded')
  files.release()
  await again
  expect(told).toEqual([
    'the trace is interrupted: the disk could not follow',
    'the trace goes on; 1 events are not in it',
  ])
})
