// What a verdict about a large cluster takes: 5,000 nodes, 20 prefixes each, in this process and without a network.
import {
  advertisement,
  cilium,
  ciliumConfig,
  ciliumNode,
  nodeConfig,
  peerConfig,
} from '../../test/support/cluster-objects.ts'
import { ObservedCluster, type ObservedSpeaker } from '../../test/support/observed-cluster.ts'
import { namesOf } from '../../src/harness/event-log.ts'
import { EventLog } from '../../src/harness/latest-events.ts'
import { Recent } from '../../src/harness/recent.ts'
import { lookOf } from '../../src/harness/state.ts'
import { toMatchCluster } from '../../src/testing/claims/cluster.ts'
import { failureText } from '../../src/testing/failure-text.ts'
import { median } from './print.ts'

const NODES = 5000
const PREFIXES = 20
/** How many nodes the running router judges in one turn of its event loop (`src/harness/handle.ts`). */
const NODES_A_TURN = 50
const REPEATS = 5
/** Rows of events that a failed claim looks through (`src/testing/judge.ts`). */
const STORY = 10_000
const LOOKED = {
  name: 'toMatchCluster',
  args: [],
  negated: false,
  claim: '',
  label: 'router',
  trace: undefined,
  at: undefined,
}

/** One verdict of each kind, in milliseconds. */
export interface VerdictRow {
  readonly what: string
  readonly ms: number
  /** The longest piece of the work that was done in turns before it. */
  readonly turn: number | undefined
  readonly findings: number
}

export function measureVerdict(): VerdictRow[] {
  const rows: VerdictRow[] = []
  const cluster = new ObservedCluster()
  const recent = new Recent(namesOf(cluster.observer))
  const log = new EventLog(recent)
  const apply = cluster.observer.apply.bind(cluster.observer)
  cluster.observer.apply = (event) => {
    const applied = apply(event)
    recent.push(event, applied.told)
    return applied
  }
  cluster.set(
    ciliumConfig({ ipam: 'cluster-pool' }),
    cilium('quay.io/cilium/cilium:v1.20.2'),
    peerConfig(),
    advertisement('pod-cidr', ['PodCIDR']),
  )
  const speakers: ObservedSpeaker[] = []
  for (let node = 0; node < NODES; node++) {
    const name = `node${node}`
    cluster.set(ciliumNode(name, prefixesOf(node), addressOf(node)), nodeConfig(name))
    speakers.push(cluster.speaker({ identifier: addressOf(node), from: addressOf(node) }))
    speakers[node]!.announces(...prefixesOf(node))
  }
  const measure = (
    what: string,
    change: (repeat: number) => void,
    repeats = REPEATS,
    inTurns = false,
  ): void => {
    const times: number[] = []
    const turns: number[] = []
    let findings = 0
    for (let repeat = 0; repeat < repeats; repeat++) {
      change(repeat)
      for (let done = !inTurns; !done;) {
        const begun = performance.now()
        done = cluster.observer.prepareVerdict(NODES_A_TURN)
        turns.push(performance.now() - begun)
      }
      const begun = performance.now()
      findings = cluster.verdict().findings.length
      times.push(performance.now() - begun)
    }
    rows.push({ what, ms: median(times), turn: inTurns ? Math.max(...turns) : undefined, findings })
  }
  const nothing = (): void => undefined
  const fromScratch = (what: string): void => {
    const begun = performance.now()
    const { findings } = cluster.observer.checker.verdictFromScratch(cluster.observer.world)
    rows.push({ what, ms: performance.now() - begun, turn: undefined, findings: findings.length })
  }

  /** As the matcher looks at a router, with all that it prints of a failure. */
  const measureClaim = (what: string, says: string): void => {
    const times: number[] = []
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      const begun = performance.now()
      const look = lookOf(cluster.observer, {
        label: 'router',
        trace: undefined,
        events: (last, since, limit) => log.rows(since, limit, last),
      })
      const outcome = toMatchCluster.state!(look)
      if (outcome.says !== 'holds') failureText({ ...LOOKED, events: look.events(0, STORY) }, outcome)
      times.push(performance.now() - begun)
      if (outcome.says !== says) throw new Error(`${what}: ${outcome.found[0]}`)
    }
    const { findings } = cluster.verdict()
    rows.push({ what, ms: median(times), turn: undefined, findings: findings.length })
  }

  measure('the first one, all unsettled, in turns before', nothing, 1, true)
  measure('nothing changed, all unsettled', nothing)
  measure('all settled at once, in turns before', () => settle(cluster), 1, true)
  fromScratch('from scratch, all settled')
  measure('nothing changed', nothing)
  measure('one node changed', (repeat) => {
    speakers[repeat]!.withdraws(prefixesOf(repeat)[0]!).announces(prefixesOf(repeat)[0]!)
    settle(cluster)
  })
  measure('100 nodes changed', (repeat) => {
    for (let node = 0; node < 100; node++) {
      const [prefix] = prefixesOf(100 * repeat + node)
      speakers[100 * repeat + node]!.withdraws(prefix!).announces(prefix!)
    }
    settle(cluster)
  })
  measureClaim('toMatchCluster of the running router, nothing changed', 'holds')
  measure('50 nodes lost, their 1,000 routes are findings', (repeat) => {
    if (repeat > 0) return
    for (const speaker of speakers.slice(-50)) speaker.closes()
    settle(cluster)
  })
  fromScratch('from scratch, the same')
  measureClaim('toMatchCluster of the running router, 1,000 findings', 'refuted')
  return rows
}

function settle(cluster: ObservedCluster): void {
  cluster.now += 2 * cluster.settle
  cluster.event({ type: 'timer', key: { of: 'check', timer: 'settle' } })
}

function addressOf(node: number): string {
  return `10.255.${node >>> 8}.${node & 255}`
}

function prefixesOf(node: number): string[] {
  return Array.from({ length: PREFIXES }, (_, index) => {
    const number = node * PREFIXES + index
    return `10.${number >>> 10}.${(number >>> 2) & 255}.${(number & 3) << 6}/26`
  })
}
