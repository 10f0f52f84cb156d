// Whether the trace holds every octet that was thrown, as far as the router had a chance to read it.
import { openTrace } from '../../src/trace/reader.ts'
import type { Material } from './material.ts'
import type { Flight } from './thrower.ts'
import { bytesThrown, throwOf } from './throws.ts'

/** One connection as the trace has it. */
interface Recorded {
  /** Milliseconds since 1970. */
  readonly openedAt: number
  readonly parts: Uint8Array[]
  refused: boolean
  how: string | undefined
  /** Octets of a message that did not end, where the trace quotes only their beginning. */
  more: number
}

export interface Evidence {
  readonly connections: number
  /** Octets thrown on all connections, and those of them that the trace has. */
  readonly thrown: number
  readonly recorded: number
  /** Iterations whose octets are not as they should be, and why. */
  readonly faults: readonly { readonly iteration: number; readonly what: string }[]
}

/** How far the router's clock may be from ours, milliseconds. */
const CLOCKS = 3

/** What a session's close quotes of a message that had begun: ../../src/net/connection.ts. */
const QUOTE = /ended inside a message, after (\d+) octets: ([0-9a-f]*)/

/**
 * Compares the trace of a router that was stopped with what was thrown.
 * @param flights in the order of their iterations
 */
export async function evidence(
  directory: string,
  flights: readonly Flight[],
  { seed, material }: { readonly seed: number; readonly material: Material },
): Promise<Evidence> {
  const recordedOf = assigned(flights, await connectionsIn(directory))
  const faults: { iteration: number; what: string }[] = []
  const sums = { connections: 0, thrown: 0, recorded: 0 }
  let made = throwOf(seed, 0, material)
  for (const flight of flights) {
    const { iteration, index, source, whole } = flight
    if (made.iteration !== iteration) made = throwOf(seed, iteration, material)
    const one = made.connections[index]!
    const thrown = bytesThrown(one)
    sums.connections += 1
    sums.thrown += thrown.length
    const recorded = recordedOf.get(flight)
    if (recorded === undefined) {
      // Reset before it could be looked at, or far over the limit: no session.
      if (whole && made.kind !== 'flood') faults.push({ iteration, what: `no session from ${source}` })
      continue
    }
    const bytes = Buffer.concat(recorded.parts)
    sums.recorded += bytes.length + recorded.more
    const what = faultOf(bytes, thrown, recorded, whole)
    if (what !== undefined) faults.push({ iteration, what: `${source}: ${what}` })
  }
  return { ...sums, faults }
}

/**
 * Which flight each connection of the trace is: a source is used by one at a time, so it is the last that had begun.
 * A flight that is not there has no session.
 */
function assigned(
  flights: readonly Flight[],
  bySource: ReadonlyMap<string, readonly Recorded[]>,
): Map<Flight, Recorded> {
  const result = new Map<Flight, Recorded>()
  const flightsBySource = new Map<string, Flight[]>()
  for (const flight of flights) {
    const { source = '' } = flight
    const some = flightsBySource.get(source)
    if (some === undefined) flightsBySource.set(source, [flight])
    else some.push(flight)
  }
  for (const [source, some] of flightsBySource) {
    const inTime = some.sort((a, b) => b.begun - a.begun)
    for (const recorded of bySource.get(source) ?? []) {
      const flight = inTime.find(({ begun }) => begun <= recorded.openedAt + CLOCKS)
      if (flight !== undefined) result.set(flight, recorded)
    }
  }
  return result
}

function faultOf(bytes: Buffer, thrown: Uint8Array, recorded: Recorded, whole: boolean): string | undefined {
  if (!bytes.equals(thrown.subarray(0, bytes.length)))
    return `the trace has other octets than the ${thrown.length} that were thrown`
  if (recorded.how === undefined) return 'the trace does not say how the connection ended'
  if (!whole || recorded.refused || recorded.how !== 'fin') return undefined
  const length = bytes.length + recorded.more
  return length === thrown.length ? undefined : `the trace has ${length} of ${thrown.length} octets`
}

/** The connections by their source, "127.0.1.7:40000", each list in the order of the trace. */
async function connectionsIn(directory: string): Promise<Map<string, Recorded[]>> {
  const bySource = new Map<string, Recorded[]>()
  const sessions = new Map<number, Recorded>()
  for await (const event of (await openTrace(directory)).events()) {
    if (event.type === 'session-opened') {
      const source = `${event.remote.address}:${event.remote.port}`
      const recorded: Recorded = {
        openedAt: event.at / 1000,
        parts: [],
        refused: event.refused !== undefined,
        how: undefined,
        more: 0,
      }
      sessions.set(event.session, recorded)
      bySource.set(source, [...(bySource.get(source) ?? []), recorded])
    } else if (event.type === 'message' && event.direction === 'in') {
      sessions.get(event.session)?.parts.push(event.bytes.slice())
    } else if (event.type === 'unframed') {
      sessions.get(event.session)?.parts.push(event.bytes)
    } else if (event.type === 'session-closed') {
      const recorded = sessions.get(event.session)
      sessions.delete(event.session)
      if (recorded === undefined) continue
      recorded.how = event.how
      const quote = QUOTE.exec(event.message ?? '')
      if (quote === null) continue
      const bytes = Buffer.from(quote[2]!, 'hex')
      recorded.parts.push(bytes)
      recorded.more = Number(quote[1]) - bytes.length
    }
  }
  return bySource
}
