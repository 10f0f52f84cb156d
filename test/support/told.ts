// States and windows of a cluster in virtual time, as a router or a trace would give them.
import { Observer } from '../../src/core/check/observer.ts'
import { LedgerWindow } from '../../src/core/window/answers.ts'
import type { Instant } from '../../src/core/window/contract.ts'
import { Ledger } from '../../src/core/window/ledger.ts'
import { namesOf } from '../../src/harness/event-log.ts'
import { EventLog } from '../../src/harness/latest-events.ts'
import { Recent } from '../../src/harness/recent.ts'
import { stateOf } from '../../src/harness/state.ts'
import { RecordedWindow } from '../../src/harness/window.ts'
import { eventsWithin } from '../../src/harness/windows.ts'
import type { State } from '../../src/harness/contract.ts'
import type { ObservedCluster } from './observed-cluster.ts'

const LABEL = 'tor'
const TRACE = 'test-results/rollout/trace'

interface Read {
  readonly observer: Observer
  readonly ledger: Ledger
  readonly recent: Recent
}

/** Reads the stream of a cluster, as the reader of a trace does. */
function read(cluster: ObservedCluster): Read {
  const observer = new Observer(cluster.config, { settle: cluster.settle })
  const ledger = new Ledger()
  const recent = new Recent(namesOf(observer))
  for (const event of cluster.events) {
    const { told } = observer.apply(event)
    recent.push(event, told)
    ledger.push(event, told)
    if (event.type === 'checkpoint' && ledger.isLost)
      ledger.rebase({ seq: event.seq - 1, at: event.at }, observer.world.speaker)
  }
  ledger.name((peer) => observer.checker.nodeOf(peer))
  return { observer, ledger, recent }
}

/** How it is after the last event. */
export function toldState(cluster: ObservedCluster): State {
  const { observer, recent } = read(cluster)
  const log = new EventLog(recent)
  return stateOf(observer, {
    label: LABEL,
    trace: TRACE,
    events: (last, since, limit) => log.rows(since, limit, last),
  })
}

/** This instant, for a window. */
export const instant = (cluster: ObservedCluster): Instant => ({
  seq: cluster.events.at(-1)!.seq,
  at: cluster.now,
})

/** What happened since; closed, unless told. */
export function toldWindow(
  cluster: ObservedCluster,
  from: Instant,
  { name = 'rollout', closed = true }: { readonly name?: string; readonly closed?: boolean } = {},
): RecordedWindow {
  const { ledger, recent } = read(cluster)
  const end = instant(cluster)
  return new RecordedWindow(new LedgerWindow(ledger, { name, from, to: () => end }), {
    label: LABEL,
    trace: TRACE,
    events: (asked) => eventsWithin(recent, asked.from, asked.to),
    isClosed: () => closed,
  })
}
