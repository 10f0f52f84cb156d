// Traces in temporary folders, and a file system that fails when told to.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { StreamEvent } from '../../src/core/stream/events.ts'
import { nodeFiles, type TraceFile, type TraceFileSystem } from '../../src/trace/files.ts'
import { openTrace } from '../../src/trace/reader.ts'
import type { TraceWriterOptions } from '../../src/trace/writer-options.ts'
import { TraceWriter } from '../../src/trace/writer.ts'
import { CONFIG, type LiveStream } from './live-stream.ts'

/** A path in a fresh folder that is removed when the test ends. */
export function temporary(name = 'trace'): string {
  const parent = mkdtempSync(join(tmpdir(), 'routewitness-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, name)
}

export interface Recording {
  readonly directory: string
  readonly writer: TraceWriter
  readonly problems: readonly string[]
}

/** Records what the stream does from now on. */
export async function record(
  live: LiveStream,
  options: Partial<TraceWriterOptions> & { readonly directory?: string } = {},
): Promise<Recording> {
  const { directory = temporary(), ...rest } = options
  const problems: string[] = []
  const writer = await TraceWriter.open(directory, {
    info: { version: '0.1.0', config: CONFIG, settle: 15_000_000, host: 'lab', node: 'v20.19.0' },
    checkpoint: () => live.world.checkpoint({ checked: live.world.lastEvent.seq }),
    now: () => live.now,
    onProblem: (problem) => problems.push(problem),
    ...rest,
  })
  live.sink = (event) => writer.append(event)
  return { directory, writer, problems }
}

export async function eventsOf(directory: string): Promise<StreamEvent[]> {
  const events: StreamEvent[] = []
  for await (const event of (await openTrace(directory)).events()) events.push(event)
  return events
}

/** The machine's file system, with faults. */
export class FaultyFiles implements TraceFileSystem {
  /** Writes fail with this code. */
  fail: string | undefined
  /** So many more octets can be written before writes fail with ENOSPC; what still fits is written. */
  space = Number.POSITIVE_INFINITY
  /** Called when a write begins. */
  onWrite: (() => void) | undefined
  #held: Promise<void> | undefined
  #release: () => void = () => undefined
  #begins: () => void = () => undefined

  /** Writes wait until `release`. @returns resolves when one waits */
  hold(): Promise<void> {
    this.#held = new Promise((resolve) => (this.#release = resolve))
    return new Promise((resolve) => (this.#begins = resolve))
  }

  release(): void {
    this.#held = undefined
    this.#release()
  }

  makeDirectory = nodeFiles.makeDirectory
  list = nodeFiles.list
  identity = nodeFiles.identity
  rename = nodeFiles.rename
  remove = nodeFiles.remove

  async replace(path: string, text: string): Promise<void> {
    this.#check()
    await nodeFiles.replace(path, text)
  }

  async create(path: string): Promise<TraceFile> {
    this.#check()
    const file = await nodeFiles.create(path)
    return {
      identity: file.identity,
      truncate: file.truncate,
      sync: file.sync,
      close: file.close,
      write: async (bytes, position) => {
        this.onWrite?.()
        if (this.#held !== undefined) this.#begins()
        await this.#held
        this.#check()
        const fitting = bytes.subarray(0, Math.min(bytes.length, this.space))
        this.space -= fitting.length
        await file.write(fitting, position)
        if (fitting.length < bytes.length) throw systemError('ENOSPC')
      },
    }
  }

  #check(): void {
    if (this.fail !== undefined) throw systemError(this.fail)
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the test wants it`), { code })
}
