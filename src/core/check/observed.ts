// What the checker sees of the world.
import type { Objects } from '../expected/settings.ts'
import type { SpeakerApi } from '../speaker/api.ts'
import type { Micros } from '../speaker/contract.ts'
import type { ResourceState } from '../stream/events.ts'

/** `World` is one. */
export interface Observed {
  readonly speaker: SpeakerApi
  readonly config: { readonly asn: number }
  readonly objects: Objects
  readonly resources: ReadonlyMap<string, ResourceState>
  readonly lastEvent: { readonly seq: number; readonly at: Micros }
  readonly known: boolean
}
