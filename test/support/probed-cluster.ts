// The cluster of two nodes, probed: what a prober and a census would report, in virtual time.
import type { Micros } from '../../src/core/speaker/contract.ts'
import type { ProbeReport, SysctlCensus } from '../../src/core/stream/probe-events.ts'
import type { ObservedCluster } from './observed-cluster.ts'
import { A, B, cluster } from './two-nodes.ts'

export const POD = '10.1.1.10:8080'
const ALL = 'net.ipv4.conf.all.rp_filter'

export class ProbedCluster {
  readonly all: ObservedCluster

  constructor() {
    this.all = cluster()
    this.all.speaker(A).announces('10.1.1.0/24')
    this.all.speaker(B).announces('10.1.2.0/24')
    this.all.settled()
  }

  get now(): Micros {
    return this.all.now
  }

  /** A report of one probe, which was sent now. */
  reports(fields: Partial<ProbeReport> = {}): number {
    return this.all.event({
      type: 'probe',
      kind: 'new',
      target: POD,
      prefix: '10.1.1.0/24',
      nextHop: '127.0.0.14',
      node: 'a',
      pinned: true,
      results: 1,
      lost: fields.outcome === undefined || fields.outcome === 'ok' ? 0 : 1,
      from: this.now,
      sent: this.now,
      outcome: 'ok',
      inRow: 1,
      since: this.now,
      ...fields,
    })
  }

  /** Answered for a while, and lost from now on; the third loss is reported 400 ms later. */
  loses(fields: Partial<ProbeReport> = {}): Micros {
    this.reports(fields)
    this.all.passes('1s')
    const since = this.now
    this.all.passes('400ms')
    this.reports({
      ...fields,
      outcome: 'timeout',
      results: 3,
      lost: 3,
      inRow: 3,
      since,
      from: since,
      sent: this.now,
    })
    return since
  }

  /** The prober has ended, and has nothing to add. */
  ends(fields: Partial<ProbeReport> = {}): number {
    return this.reports({ ended: true, results: 0, lost: 0, inRow: 0, ...fields })
  }

  census(fields: Partial<SysctlCensus> = {}): number {
    const values = { [ALL]: '0', 'net.ipv4.conf.lxc1.rp_filter': '0', 'net.ipv4.ip_forward': '1' }
    return this.all.event({
      type: 'sysctl',
      node: 'a',
      read: this.now,
      values,
      reversePathDrops: 5,
      ...fields,
    })
  }

  /** A later census in which something changed. */
  changes(fields: Partial<SysctlCensus>): number {
    return this.census({ before: this.now - 500_000, values: {}, ...fields })
  }

  strict(fields: Partial<SysctlCensus> = {}): number {
    return this.changes({ values: { [ALL]: '1' }, ...fields })
  }
}
