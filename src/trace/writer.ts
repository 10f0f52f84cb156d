// The stream on its way to the disk: never in the way of a session.
import { whatHappened } from '../core/errors/user-error.ts'
import type { StreamEvent } from '../core/stream/events.ts'
import { Block, SparePieces } from './block.ts'
import { CheckpointMaker } from './checkpoint-maker.ts'
import { alters, begin, confirm, encode } from './encode.ts'
import { type Folder, openFolder } from './folder.ts'
import { checkpointLine } from './lines.ts'
import { BLOCK_OCTETS, Pace } from './pace.ts'
import { Sessions } from './sessions.ts'
import type { TraceStats, TraceWriterOptions } from './writer-options.ts'

/**
 * So much waits when the disk does not follow, before events are dropped. A table of the Internet fits twice: dropping
 * leads to a gap and a checkpoint, which costs far more.
 */
const BUFFER_BYTES = 64 * 1024 * 1024
/** So much is written at once without waiting for more; while it is, as much again may come. */
const ENOUGH = BLOCK_OCTETS / 2
/** What came while a block was written is worth another write from so much on; less waits for more, or for `delay`. */
const WORTH_ANOTHER = 64 * 1024
const DELAY = 50
/** First and longest wait before a failed disk is tried again, milliseconds. */
const RETRY = { first: 250, longest: 10_000 }

/**
 * Writes a trace. Events go into blocks in memory, blocks go to the disk in the background. When the disk fails or
 * cannot follow, events are dropped and counted; when it works again, a gap and a checkpoint go first.
 */
export class TraceWriter {
  readonly #options: TraceWriterOptions
  readonly #spare = new SparePieces()
  readonly #folder: Folder
  readonly #sessions = new Sessions()
  readonly #pace: Pace | undefined
  readonly #checkpoints = new CheckpointMaker(() => this.#schedule())
  /** Blocks that wait, the last one still being filled; and the one that is being written. */
  #queue: Block[] = []
  #writing: Block | undefined
  /** The turn in which the next segment begins. */
  #segmentDue: NodeJS.Immediate | undefined
  #nextSeq: number
  /** Last event that is in a block or on the disk, and last one on the disk. */
  #queuedSeq: number
  #storedSeq: number
  /** Octets of messages.mrt when all that waits is written. */
  #end = 0
  /** Octets since the checkpoint at the head of the segment, and when the segment was begun. */
  #grown = 0
  #segmentFrom: number | undefined
  /** Why events are dropped now. */
  #dropping: string | undefined
  /** The last write failed. */
  #broken = false
  /** Why the record was interrupted; undefined again when a block was written after it. */
  #interrupted: string | undefined
  #closed = false
  #running: Promise<void> | undefined
  /** Who waits until all is in the files. */
  #flushing = 0
  #timer: NodeJS.Timeout | undefined
  #retryAfter = RETRY.first
  readonly #counts = { events: 0, lost: 0, gaps: 0, written: 0, rotations: 0 }

  private constructor(options: TraceWriterOptions, folder: Folder, nextSeq: number) {
    this.#options = options
    this.#folder = folder
    this.#pace = options.hold && new Pace(options.hold)
    this.#nextSeq = nextSeq
    this.#queuedSeq = this.#storedSeq = nextSeq - 1
  }

  /**
   * Starts a trace in a folder, which is made when there is none.
   * @throws UserError RW_TRACE_IO or RW_NO_SPACE when it cannot be written, RW_USAGE when it has a trace and `resume` is not set
   */
  static async open(directory: string, options: TraceWriterOptions): Promise<TraceWriter> {
    const { folder, nextSeq } = await openFolder(directory, options)
    return new TraceWriter(options, folder, nextSeq)
  }

  /** The number that the next event must have: 1, or where the trace that is resumed ends. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  get stats(): TraceStats {
    const lost = this.#counts.lost + this.#missing()
    return { ...this.#counts, lost, buffered: this.#waiting(), failing: this.#interrupted }
  }

  /**
   * Takes the next event. Never throws and never waits; bytes are copied. Call it before the event is applied to
   * the World that `checkpoint` tells of. Gaps and checkpoints of another trace are written as they are.
   */
  append(event: StreamEvent): void {
    if (this.#closed || !this.#number(event)) return
    try {
      if (this.#checkpoints.busy && alters(event)) this.#checkpoints.finish()
      if (this.#dropping === undefined) this.#record(event)
    } catch (error) {
      this.#drop(`an event could not be written: ${whatHappened(error)}`)
    }
    // Afterwards, because a checkpoint that stands before a session's opening does not count that session.
    this.#sessions.observe(event)
    this.#schedule()
  }

  /** Resolves when all that was appended is in the files, or when they cannot be written. Never rejects. */
  async flush(): Promise<void> {
    this.#flushing++
    try {
      await this.#running
      await this.#run()
    } finally {
      this.#flushing--
    }
  }

  /** Writes what is left and closes the files. Never rejects: what cannot be written is told to `onProblem`. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearImmediate(this.#segmentDue)
    this.#segmentDue = undefined
    await this.flush()
    clearTimeout(this.#timer)
    this.#pace?.update(0, false)
    const missing = this.#missing()
    if (missing > 0) this.#tell(`the trace ends without its last ${missing} events`)
    try {
      await this.#folder.close()
    } catch (error) {
      this.#tell(`the trace could not be closed: ${whatHappened(error)}`)
    }
  }

  /** Keeps count, whatever becomes of the event. @returns false when it must not be recorded */
  #number(event: StreamEvent): boolean {
    const numbered = event.type !== 'gap' && event.type !== 'checkpoint'
    if (event.seq < this.#nextSeq) {
      this.#tell(`event ${event.seq} came after event ${this.#nextSeq - 1} and is not recorded`)
      return false
    }
    if (event.seq > this.#nextSeq) {
      if (event.type === 'gap' && this.#dropping === undefined) this.#queuedSeq = event.seq - 1
      else this.#drop(`the events before ${event.seq} were not handed to the recorder`)
    }
    this.#nextSeq = numbered ? event.seq + 1 : event.seq
    if (numbered) this.#counts.events++
    return true
  }

  #record(event: StreamEvent): void {
    if (this.#isSegmentFull(event.at)) this.#endSegment(event)
    if (this.#waiting() >= (this.#options.bufferBytes ?? BUFFER_BYTES)) {
      this.#drop('the disk could not follow')
      return
    }
    let block = this.#queue.at(-1)
    if (block === undefined || block.unmade !== undefined) {
      block = new Block({ firstSeq: event.seq, at: event.at, end: this.#end, spare: this.#spare })
      this.#queue.push(block)
    }
    if (this.#segmentFrom === undefined) {
      this.#segmentFrom = event.at
      if (event.type === 'message') begin(block)
    }
    const before = block.length
    encode(event, block, this.#sessions, this.#options.info.config.asn)
    this.#grown += block.length - before
    this.#end = block.end
    this.#queuedSeq = this.#nextSeq - 1
  }

  #isSegmentFull(now: number): boolean {
    const { rotateBytes, rotateSeconds } = this.#options
    if (this.#segmentFrom === undefined) return false
    if (rotateBytes !== undefined && this.#grown >= rotateBytes) return true
    return rotateSeconds !== undefined && now - this.#segmentFrom >= rotateSeconds * 1_000_000
  }

  /** Before this event where nobody waits; else in the next turn, when all that came is applied and no more comes. */
  #endSegment(event: StreamEvent): void {
    const { rotateBytes = Number.POSITIVE_INFINITY } = this.#options
    if (this.#pace === undefined || (this.#segmentDue !== undefined && this.#grown >= 2 * rotateBytes)) {
      clearImmediate(this.#segmentDue)
      this.#segmentDue = undefined
      this.#startSegment(event.seq, event.at)
      if (this.#pace === undefined || alters(event)) this.#checkpoints.finish()
      return
    }
    this.#segmentDue ??= setImmediate(() => {
      this.#segmentDue = undefined
      try {
        if (this.#dropping === undefined) this.#startSegment(this.#nextSeq, this.#options.now())
      } catch (error) {
        this.#drop(`a segment could not be begun: ${whatHappened(error)}`)
      }
      this.#schedule()
    })
  }

  #startSegment(seq: number, at: number): void {
    const block = new Block({ startsSegment: true, firstSeq: seq, at, end: 0, spare: this.#spare })
    this.#addCheckpoint(block, seq, at)
    this.#end = 0
    this.#grown = 0
    this.#segmentFrom = at
  }

  #addCheckpoint(block: Block, seq: number, at: number): void {
    const event = { seq, at, checkpoint: this.#options.checkpoint() }
    this.#checkpoints.begin(block, checkpointLine(event, block.end, this.#sessions.open()))
    this.#queue.push(block)
    this.#setPace()
  }

  #drop(reason: string): void {
    this.#dropping ??= reason
    if (this.#interrupted !== undefined) return
    this.#interrupted = reason
    this.#tell(`the trace is interrupted: ${reason}`)
  }

  /** Puts a gap and a checkpoint where events are missing. Only when nothing waits. */
  #resume(reason: string): void {
    const seq = this.#nextSeq
    const at = this.#options.now()
    const gap = this.#missing()
    const block = new Block({ firstSeq: seq, at, end: this.#folder.messagesLength, spare: this.#spare })
    const event = { type: 'gap', seq, at, events: gap, reason } as const
    encode(event, block, this.#sessions, this.#options.info.config.asn)
    block.gap = gap
    this.#grown += block.length
    this.#addCheckpoint(block, seq, at)
    this.#counts.lost += gap
    this.#queuedSeq = seq - 1
    this.#end = block.end
    this.#segmentFrom ??= at
    this.#dropping = undefined
  }

  /** Writes what waits, for as long as it is enough to be worth it, or somebody waits for all of it. */
  #run(): Promise<void> {
    this.#running ??= this.#writeBlocks().finally(() => {
      this.#running = undefined
      if (this.#queue.length > 0 || this.#dropping !== undefined) this.#schedule()
    })
    return this.#running
  }

  async #writeBlocks(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // The event that led here may not be applied yet, and a checkpoint has to know it.
    await Promise.resolve()
    try {
      if (this.#broken) {
        await this.#folder.repair({ seq: this.#nextSeq, at: this.#options.now() })
        this.#grown = this.#folder.length
      }
      for (;;) {
        const block = this.#queue.shift()
        if (block !== undefined) {
          await this.#write(block)
          // What came meanwhile may be little: a write for each bit of it costs more than all else that is done with it.
          const isLittle = this.#setPace() < WORTH_ANOTHER && this.#queue.length === 1
          if (isLittle && this.#flushing === 0 && this.#dropping === undefined) return
        } else if (this.#dropping !== undefined) this.#resume(this.#dropping)
        else return
      }
    } catch (error) {
      this.#fail(whatHappened(error))
    }
  }

  async #write(block: Block): Promise<void> {
    this.#writing = block
    await block.unmade
    confirm(block)
    if (block.startsSegment) await this.#folder.rotate({ seq: block.firstSeq, at: block.from })
    await this.#folder.append(block.messages.pieces(), block.events.pieces())
    block.messages.written()
    block.events.written()
    this.#writing = undefined
    this.#storedSeq = block.lastSeq
    this.#counts.written += block.length
    if (block.startsSegment) this.#counts.rotations++
    this.#broken = false
    this.#retryAfter = RETRY.first
    if (block.gap === undefined) return
    this.#counts.gaps++
    if (this.#dropping !== undefined) return
    this.#interrupted = undefined
    this.#tell(`the trace goes on; ${block.gap} events are not in it`)
  }

  /** Gives up what waits and tries again later. */
  #fail(reason: string): void {
    const given = this.#writing === undefined ? this.#queue : [this.#writing, ...this.#queue]
    for (const block of given) this.#counts.lost -= block.gap ?? 0
    this.#writing = undefined
    this.#queue = []
    this.#checkpoints.abandon()
    this.#setPace()
    this.#queuedSeq = this.#storedSeq
    this.#broken = true
    if (this.#interrupted !== undefined && this.#interrupted !== reason) {
      this.#interrupted = reason
      this.#tell(`the trace is still interrupted: ${reason}`)
    }
    this.#drop(reason)
    if (this.#closed) return
    this.#timer = setTimeout(() => void this.#run(), this.#retryAfter)
    // A disk that does not come back is no reason to keep the process.
    this.#timer.unref()
    this.#retryAfter = Math.min(2 * this.#retryAfter, RETRY.longest)
  }

  #schedule(): void {
    const waiting = this.#setPace()
    if (this.#running !== undefined || this.#broken) return
    if (waiting >= ENOUGH) void this.#run()
    else this.#timer ??= setTimeout(() => void this.#run(), this.#options.delay ?? DELAY)
  }

  /** Lets input wait or go on. @returns octets that wait for the disk */
  #setPace(): number {
    const waiting = this.#waiting()
    this.#pace?.update(waiting, this.#segmentDue !== undefined || this.#checkpoints.busy)
    return waiting
  }

  /** Octets that wait for the disk, checkpoints not counted. */
  #waiting(): number {
    let length = this.#writing === undefined ? 0 : this.#writing.length - this.#writing.exempt
    for (const block of this.#queue) length += block.length - block.exempt
    return length
  }

  /** Events that were dropped and that no gap speaks of yet. */
  #missing(): number {
    return this.#nextSeq - 1 - this.#queuedSeq
  }

  #tell(problem: string): void {
    try {
      this.#options.onProblem(problem)
    } catch {
      // Whoever listens must not stop the record.
    }
  }
}
