// A sink that writes down what an object source says, and waits for it.
import type { ClusterObject, ResourceState } from '../../src/core/stream/events.ts'
import type { ObjectSink } from '../../src/kube/source.ts'

export class RecordingSink implements ObjectSink {
  /** "set Node/a", "deleted Node/a", "nodes synced", in order. */
  readonly lines: string[] = []
  readonly objects = new Map<string, ClusterObject>()
  readonly states = new Map<string, ResourceState>()
  readonly messages = new Map<string, string | undefined>()
  readonly #waiting = new Set<() => void>()

  object(action: 'set' | 'deleted', object: ClusterObject): void {
    const name = `${object.kind}/${object.metadata.name}`
    this.lines.push(`${action} ${name}`)
    if (action === 'set') this.objects.set(name, object)
    else this.objects.delete(name)
    this.#wake()
  }

  resource(resource: string, state: ResourceState, message?: string): void {
    this.lines.push(`${resource} ${state}`)
    this.states.set(resource, state)
    this.messages.set(resource, message)
    this.#wake()
  }

  /** Resolves when the line has been written; `after` leaves out those before that index. */
  async said(line: string, after = 0): Promise<void> {
    await this.until(() => this.lines.indexOf(line, after) >= 0)
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
