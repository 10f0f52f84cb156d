// World and checker as one: what the running router and the readers of traces both feed with the stream.
import type { Micros, SpeakerConfig } from '../speaker/contract.ts'
import type { Checkpoint, StreamEvent } from '../stream/events.ts'
import { World, type Applied } from '../stream/world.ts'
import { Checker } from './checker.ts'
import type { Verdict } from './finding.ts'

export class Observer {
  readonly world: World
  readonly checker: Checker

  /**
   * @param options `settle` in microseconds
   * @param checkpoint where to start from; left out, at the beginning
   */
  constructor(config: SpeakerConfig, options: { readonly settle: Micros }, checkpoint?: Checkpoint) {
    this.world = new World(config, checkpoint)
    this.checker = new Checker(options, checkpoint === undefined ? undefined : (checkpoint.check ?? {}))
  }

  /** Takes the next event of the stream. Performing the effects is up to the caller. */
  apply(event: StreamEvent): Applied {
    const applied = this.world.apply(event)
    this.checker.apply(event, applied.told, this.world)
    return applied
  }

  /** Judges the instant of the last event, or a later one. */
  verdict(at?: Micros): Verdict {
    return this.checker.verdict(this.world, at)
  }

  /** Does a part of the work of the next verdict, about at most so many nodes; true when nothing is left to do. */
  prepareVerdict(nodes: number): boolean {
    return this.checker.prepareVerdict(this.world, nodes)
  }

  /** When the next settle time ends; the event `timer` of `check` is due then. */
  nextSettle(): Micros | undefined {
    return this.checker.nextSettle()
  }

  /** @param lazy as for `World.checkpoint` */
  checkpoint(lazy = false): Checkpoint {
    return this.world.checkpoint(this.checker.snapshot(), lazy)
  }
}
