// A mistake or a missing thing that the person at the keyboard can do something about.
import { USER_ERRORS, type UserErrorCode } from './codes.ts'

const BRAND = Symbol.for('routewitness.UserError')

/**
 * Something that the user can mend: a bad flag, a port in use, an unreachable cluster.
 * `what` says what happened, `remedy` what to do, `exitCode` how the command ends. `message` says both, because it is all that
 * many a test runner prints of an error.
 */
export class UserError extends Error {
  readonly code: UserErrorCode
  declare readonly what: string
  declare readonly remedy: string
  readonly exitCode: number
  readonly [BRAND] = true

  constructor(code: UserErrorCode, what: string, options: { remedy?: string; cause?: unknown } = {}) {
    const remedy = options.remedy ?? USER_ERRORS[code].remedy
    super(
      remedy === '' ? what : `${what}\n→ ${remedy}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.name = 'UserError'
    this.code = code
    // For people `message` has them: who prints all properties of an error need not print them twice.
    Object.defineProperties(this, { what: { value: what }, remedy: { value: remedy } })
    this.exitCode = USER_ERRORS[code].exit
  }
}

/** True for a UserError of this or any other copy of the package. */
export function isUserError(error: unknown): error is UserError {
  return typeof error === 'object' && error !== null && BRAND in error
}

/** What happened, without what to do about it: for texts that say that elsewhere, and for parts of other messages. */
export function whatHappened(error: unknown): string {
  // Another copy of the package may be of an earlier version.
  if (isUserError(error)) return (error as Partial<UserError>).what ?? error.message
  return error instanceof Error ? error.message : String(error)
}

/** A UserError as it travels between a server and its client. */
export interface UserErrorJson {
  readonly code: string
  readonly message: string
  readonly remedy: string
}

/** The UserError that `json` was; a code that this version does not know becomes RW_NO_SERVER with the same text. */
export function userErrorFrom(json: UserErrorJson): UserError {
  const known = Object.hasOwn(USER_ERRORS, json.code)
  return new UserError(known ? (json.code as UserErrorCode) : 'RW_NO_SERVER', json.message, {
    remedy: json.remedy,
  })
}
