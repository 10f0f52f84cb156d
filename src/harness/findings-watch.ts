// Findings as they change: opened when they appear, closed when they are gone. Each change goes into the record, for audit.
import type { Finding, Verdict } from '../core/check/finding.ts'

/** What makes two findings the same one at different instants. */
export function findingKey(finding: Finding): string {
  return `${finding.code} ${finding.node} ${finding.prefix ?? ''} ${finding.peer ?? ''}`
}

export interface FindingChange {
  readonly action: 'opened' | 'closed'
  readonly finding: Finding
}

/** Remembers which findings are open. */
export class FindingsWatch {
  #open = new Map<string, Finding>()

  /** The changes that a new verdict brings. A verdict across a gap (`known` false) changes nothing. */
  changes(verdict: Verdict): FindingChange[] {
    if (!verdict.known) return []
    const now = new Map(verdict.findings.map((finding) => [findingKey(finding), finding]))
    const changes: FindingChange[] = []
    for (const [key, finding] of this.#open) if (!now.has(key)) changes.push({ action: 'closed', finding })
    for (const [key, finding] of now) if (!this.#open.has(key)) changes.push({ action: 'opened', finding })
    this.#open = now
    return changes
  }
}
