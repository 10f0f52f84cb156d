// What a graceful-restart helper keeps (RFC 4724 §4.2, §5; RFC 8538 §4).
import type { CloseCause } from '../session/cause.ts'
import type { GracefulRestartCapability } from '../session/negotiate.ts'
import { sameFamily } from '../wire/families.ts'
import type { Family } from '../wire/message.ts'

/**
 * The families of the peer that stay, as stale, when its session ends this way. `previous` is the capability that the
 * peer sent in that session, `ours` the one that we sent. The R bit has no say in it.
 */
export function retained(
  previous: GracefulRestartCapability | undefined,
  cause: CloseCause,
  ours: GracefulRestartCapability | undefined,
): readonly Family[] {
  if (previous === undefined || ours === undefined) return [] // it takes both sides
  if (previous.time === 0) return [] // a restart time of no length has passed
  const families = previous.families.map(({ family }) => family)
  switch (cause.kind) {
    case 'fin':
    case 'rst':
    case 'error':
    case 'replaced':
      return families // TCP went away: RFC 4724 §4.2, §5
    case 'notification':
    case 'hold-expired':
    case 'send-hold-expired':
      return notificationsToo(previous, ours) ? families : [] // RFC 4724 §5; RFC 8538 §4
    case 'hard-reset':
    case 'stopped':
      return [] // RFC 8538 §3; and who has stopped helps nobody
    case 'open-error':
    case 'unknown-peer':
    case 'dial-only':
    case 'limit':
      return [] // there never was a session
  }
}

/** The N bit counts only when both sides set it (RFC 8538 §2). */
export function notificationsToo(
  previous: GracefulRestartCapability | undefined,
  ours: GracefulRestartCapability | undefined,
): boolean {
  return previous?.notification === true && ours?.notification === true
}

/** Why the stale routes of a family go at once when the peer is back with this capability; undefined: they stay. */
export function lostOnReturn(
  family: Family,
  capability: GracefulRestartCapability | undefined,
  negotiated: readonly Family[],
): 'no-capability' | 'family-missing' | 'f-bit-clear' | undefined {
  if (capability === undefined) return 'no-capability'
  const entry = capability.families.find((listed) => sameFamily(listed.family, family))
  // Without the family on the session there will be neither its routes nor its End-of-RIB.
  if (entry === undefined || !negotiated.some((other) => sameFamily(other, family))) return 'family-missing'
  return entry.forwarding ? undefined : 'f-bit-clear'
}
