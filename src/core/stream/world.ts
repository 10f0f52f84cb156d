// What the stream folds to. The running router and every reader of a trace apply the same events to the same
// class; the router performs the effects and a replay drops them, so both hold the same state.
import type { SpeakerApi } from '../speaker/api.ts'
import type { Effect, Micros, News, SpeakerConfig, SpeakerInput } from '../speaker/contract.ts'
import { newsOf, type Told } from '../speaker/route-batch.ts'
import { Speaker } from '../speaker/speaker.ts'
import type { Checkpoint, ResourceState, StreamEvent } from './events.ts'
import { speakerInput } from './input.ts'
import { Marks, type Mark } from './marks.ts'
import { ObjectStore } from './objects.ts'

/** What an event led to: effects for whoever has sockets, and what happened, derived. */
export class Applied {
  readonly effects: readonly WorldEffect[]
  /** With routes in batches. */
  readonly told: readonly Told[]
  private list: readonly News[] | undefined

  constructor(effects: readonly WorldEffect[], told: readonly Told[]) {
    this.effects = effects
    this.told = told
  }

  /** One by one. Read it before the bytes of the event change. */
  get news(): readonly News[] {
    return (this.list ??= newsOf(this.told))
  }
}

/** An effect that acts on the world; 'tell' comes as news instead. */
export type WorldEffect = Exclude<Effect, { do: 'tell' }>

const NOTHING = new Applied([], [])

/** State at an instant of the stream: the speaker, the cluster's objects, resources and marks. */
export class World {
  #config: SpeakerConfig
  #speaker: SpeakerApi
  #objects: ObjectStore
  #resources: Map<string, ResourceState>
  #marks: Marks
  #check: unknown
  #known = true
  #lastEvent: { readonly seq: number; readonly at: Micros } = { seq: 0, at: 0 }

  constructor(config: SpeakerConfig, checkpoint?: Checkpoint) {
    this.#config = checkpoint?.config ?? config
    this.#speaker = new Speaker(this.#config, checkpoint?.speaker)
    this.#objects = new ObjectStore(checkpoint?.objects)
    this.#resources = new Map(Object.entries(checkpoint?.resources ?? {}))
    this.#marks = new Marks(checkpoint?.marks)
    this.#check = checkpoint?.check
  }

  /** The speaker of now: 'started' and 'checkpoint' events replace it, so do not hold on to it. */
  get speaker(): SpeakerApi {
    return this.#speaker
  }
  get config(): SpeakerConfig {
    return this.#config
  }
  get objects(): ObjectStore {
    return this.#objects
  }
  /** Watched resource types by name. */
  get resources(): ReadonlyMap<string, ResourceState> {
    return this.#resources
  }
  get marks(): Marks {
    return this.#marks
  }
  /** The checker's state as the last checkpoint had it; undefined before the first. */
  get check(): unknown {
    return this.#check
  }
  /** The last event of the stream that is in this state; number 0 when there is none. */
  get lastEvent(): { readonly seq: number; readonly at: Micros } {
    return this.#lastEvent
  }
  /** False from a gap on until the next checkpoint: what the speaker shows is then not what was. */
  get known(): boolean {
    return this.#known
  }

  /** Advances by one event, in the order of the stream. Never throws on what a peer sent. */
  apply(event: StreamEvent): Applied {
    // Gaps and checkpoints have no number of their own: they carry that of the event after them.
    const numbered = event.type !== 'gap' && event.type !== 'checkpoint'
    this.#lastEvent = { seq: numbered ? event.seq : event.seq - 1, at: event.at }
    switch (event.type) {
      case 'started':
        this.#start(event.config)
        return this.#feed({ type: 'start' }, event)
      case 'object':
        if (event.action === 'set') this.#objects.set(event.object)
        else this.#objects.delete(event.object)
        return NOTHING
      case 'resource':
        this.#resources.set(event.resource, event.state)
        return NOTHING
      case 'mark':
        this.#marks.add({ name: event.name, seq: event.seq, at: event.at })
        return NOTHING
      case 'gap':
        this.#known = false
        return NOTHING
      case 'checkpoint':
        this.#restore(event.checkpoint)
        return NOTHING
      default:
        return this.#input(event)
    }
  }

  /**
   * The state as a checkpoint; `check` is the checker's part.
   * @param lazy routes are read only when it is written: until then no event may be applied that changes them
   */
  checkpoint(check?: unknown, lazy = false): Checkpoint {
    return {
      config: this.#config,
      speaker: this.#speaker.snapshot(lazy),
      objects: this.#objects.all(),
      resources: Object.fromEntries(this.#resources),
      marks: this.#marks.list(),
      check,
    }
  }

  #input(event: StreamEvent): Applied {
    // Across a gap the speaker lacks inputs, and would tell of things that did not happen.
    if (!this.#known) return NOTHING
    const input = speakerInput(event)
    return input === undefined ? NOTHING : this.#feed(input, event)
  }

  #feed(input: SpeakerInput, event: StreamEvent): Applied {
    const effects: WorldEffect[] = []
    const told: Told[] = []
    for (const effect of this.#speaker.take(input, event.at, event.seq)) {
      if (effect.do === 'tell') told.push(effect.news)
      else effects.push(effect)
    }
    return new Applied(effects, told)
  }

  /** A router that starts has no sessions and has seen no object, whatever came before it in the trace. Marks stay. */
  #start(config: SpeakerConfig): void {
    this.#config = config
    this.#speaker = new Speaker(config)
    this.#objects = new ObjectStore()
    this.#resources = new Map()
    this.#check = undefined
    this.#known = true
  }

  #restore(checkpoint: Checkpoint): void {
    this.#config = checkpoint.config ?? this.#config
    this.#speaker = new Speaker(this.#config, checkpoint.speaker)
    this.#objects = new ObjectStore(checkpoint.objects)
    this.#resources = new Map(Object.entries(checkpoint.resources))
    this.#marks = merged(this.#marks, checkpoint.marks)
    this.#check = checkpoint.check
    this.#known = true
  }
}

/** A router that was started anew knows no marks from before; a reader that read them keeps them. */
function merged(before: Marks, checkpoint: readonly Mark[]): Marks {
  const bySeq = new Map([...before.list(), ...checkpoint].map((mark) => [mark.seq, mark]))
  return new Marks([...bySeq.values()].sort((a, b) => a.seq - b.seq))
}
