// Waiting for what happens outside this process, where nobody calls back.
import { setTimeout as pause } from 'node:timers/promises'
import { UserError } from '../../core/errors/user-error.ts'

export interface PollOptions {
  /** Milliseconds between two looks. */
  every?: number
  /** Gives a reason to give up at once, such as a process that ended. */
  hopeless?: () => Promise<string | undefined>
}

/** Looks until `look` gives something; RW_TIMEOUT names what was waited for. */
export async function poll<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | undefined>,
  options: PollOptions = {},
): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    const reason = await options.hopeless?.()
    if (reason !== undefined) throw new UserError('RW_LAB', `no use waiting for ${what}: ${reason}`)
    if (performance.now() >= end) throw new UserError('RW_TIMEOUT', `waited ${seconds} s for ${what}`)
    await pause(options.every ?? 25)
  }
}
