import { formatPrefix } from '../../ip/text.ts'
import { describeWithdrawal, evidenceOf, timeOfDay } from '../words.ts'
import { describeCause } from '../../session/describe.ts'
import type { Withdrawn } from '../view.ts'
import { announcesInstead } from '../wrong-source.ts'
import { whyNoSession } from '../no-session.ts'
import type { DueRule } from './rule.ts'

/** Owned and selected, and nobody announces it: the owner's pods cannot be reached. */
export const missing: DueRule = {
  on: 'due',
  code: 'missing',
  severity: 'error',
  meaning: 'owned and selected, and announced by nobody after the settle time',

  judge(due, view) {
    if (view.announcers(due.key).length > 0) return undefined
    const withdrawn = view.withdrawn(due.key)
    const noSession = whyNoSession(view, due.node)
    const instead = announcesInstead(view, due.node)
    const causes = [
      withdrawn === undefined
        ? undefined
        : `last announced by ${withdrawn.node}, ${howItWent(withdrawn, due.node, noSession)}`,
      noSession,
      instead?.cause,
      withdrawn === undefined && noSession === undefined && instead === undefined
        ? `${due.node} has a session and never announced it`
        : undefined,
    ]
    const prefix = formatPrefix(due.prefix)
    return {
      since: Math.max(due.since, withdrawn?.at ?? 0),
      evidence: evidenceOf(due.event, withdrawn?.event),
      summary: `owned by ${due.node} and announced by nobody`,
      owner: due.node,
      cause: causes.filter((cause) => cause !== undefined).join('; '),
      impact: `the pods of ${due.node} in ${prefix} cannot be reached through this router`,
      remedy:
        instead?.remedy ??
        (noSession === undefined
          ? `see why the speaker of ${due.node} does not announce it`
          : `bring the session of ${due.node} up`),
    }
  },
}

/** How the route went away, unless the clause about the owner's session says it just as well. */
function howItWent(
  { node, at, cause }: Pick<Withdrawn, 'node' | 'at' | 'cause'>,
  owner: string,
  noSession: string | undefined,
): string {
  const toldAnyway =
    cause.kind === 'session-closed' &&
    node === owner &&
    noSession?.endsWith(`${timeOfDay(at)}: ${describeCause(cause.cause)}`) === true
  return toldAnyway ? 'gone with its session' : `at ${timeOfDay(at)} ${describeWithdrawal(cause)}`
}
