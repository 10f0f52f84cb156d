// Which event of the stream is an input of the speaker, and as what.
import type { SpeakerInput } from '../speaker/contract.ts'
import type { StreamEvent } from './events.ts'

/** The speaker's input that the event stands for; undefined for what does not concern the speaker. */
export function speakerInput(event: StreamEvent): SpeakerInput | undefined {
  switch (event.type) {
    case 'session-opened': {
      const { session, listener, local, remote, refused, dial } = event
      return {
        type: 'connection-opened',
        session,
        listener,
        local,
        remote,
        ...(refused === undefined ? {} : { refused }),
        ...(dial === undefined ? {} : { dial }),
      }
    }
    case 'dial-failed':
      return { type: 'dial-failed', range: event.range, attempt: event.attempt, message: event.message }
    case 'session-blocked':
      return { type: 'write-blocked', session: event.session, blocked: event.blocked }
    case 'message':
      // What we sent follows from what we were given, so only received bytes are an input.
      return event.direction === 'in' ? event : undefined
    case 'unframed':
      return { type: 'unframed', session: event.session, bytes: event.bytes, subcode: event.subcode }
    case 'session-closed': {
      const closed = { type: 'connection-closed', session: event.session, how: event.how } as const
      return event.message === undefined ? closed : { ...closed, message: event.message }
    }
    case 'timer':
      return event.key.of === 'check' ? undefined : { type: 'timer', key: event.key }
    case 'command': {
      const { seq: _seq, at: _at, ...command } = event
      return command
    }
    default:
      return undefined
  }
}
