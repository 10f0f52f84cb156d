// How a trace is written.
import type { Micros, SpeakerConfig } from '../core/speaker/contract.ts'
import type { Checkpoint } from '../core/stream/events.ts'
import type { TraceFileSystem } from './files.ts'

export interface TraceInfo {
  /** Version of routewitness. */
  readonly version: string
  readonly config: SpeakerConfig
  /** Settle time of findings: needed to judge a trace whose first event has been rotated away. */
  readonly settle: Micros
  /** The instant at which the monotonic clock was set from the wall clock; that of opening unless given. */
  readonly clockAnchor?: Micros
  /** Name of this machine and version of Node, unless given. */
  readonly host?: string
  readonly node?: string
}

export interface TraceWriterOptions {
  readonly info: TraceInfo
  /** A new segment begins when the current one has grown by this many octets since its checkpoint. Never, unless given. */
  readonly rotateBytes?: number
  /** A new segment begins when the current one is this old. Never, unless given. */
  readonly rotateSeconds?: number
  /** Finished segments to keep beside the current one. All, unless given. */
  readonly keepSegments?: number
  /** Go on in a folder that has a trace, as a new segment. */
  readonly resume?: boolean
  /** Octets that may wait for the disk before events are dropped; 64 MiB unless given. */
  readonly bufferBytes?: number
  /** How long events may wait to be written together, in milliseconds; 50 unless given. */
  readonly delay?: number
  /**
   * The state after the last event that was appended and before the one that is being appended: append an event
   * first, then apply it to the World, without waiting in between. Lazy parts are read until the next event that changes
   * what they tell of is appended.
   */
  readonly checkpoint: () => Checkpoint
  /**
   * Told when input should wait, because a crash would lose more than one block or because a checkpoint is being made,
   * and when no more. Input that comes all the same is recorded all the same. Where nobody waits, checkpoints are made
   * in one go.
   */
  readonly hold?: (held: boolean) => void
  readonly now: () => Micros
  /** Told once when the record is interrupted, and once when it goes on. */
  readonly onProblem: (message: string) => void
  readonly files?: TraceFileSystem
}

export interface TraceStats {
  /** Events handed over, lost ones included, in this run. */
  readonly events: number
  /** Events that are in no file. */
  readonly lost: number
  readonly gaps: number
  /** Octets written, and octets that wait. */
  readonly written: number
  readonly buffered: number
  readonly rotations: number
  /** Why nothing is recorded now; undefined when all is well. */
  readonly failing: string | undefined
}
