// The flags of `serve` laid over the configuration file: flags win, key by key.
import { isUserError, UserError, whatHappened } from '../core/errors/user-error.ts'
import { parseIdentifier } from '../core/ip/text.ts'
import { parseDuration } from './duration.ts'
import { readRange } from './range.ts'

/** Flags that say how to run; undefined where they were not given. */
export interface SettingFlags {
  readonly asn?: number
  readonly identifier?: string
  readonly listen?: readonly string[]
  /** Ranges that may peer: they replace those of the file. */
  readonly from?: readonly string[]
  readonly peerAsn?: number
  readonly hold?: number
  readonly gracefulRestart?: 'helper' | 'off'
  /** False for no trace. */
  readonly trace?: string | false
  readonly resume?: boolean
  readonly settle?: string
}

type Settings = Record<string, unknown>

const given = (values: Settings): Settings =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))

const isMapping = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Complains of a flag by its name: among the settings it would be called by a key that nobody wrote. */
function checkFlags({ from, hold, identifier, settle }: SettingFlags): void {
  const check = (flag: string, value: unknown, read: () => unknown): void => {
    if (value === undefined) return
    try {
      read()
    } catch (error) {
      throw new UserError('RW_CONFIG', `${flag}: ${whatHappened(error)}`, {
        remedy: isUserError(error) ? error.remedy : `Correct ${flag}.`,
      })
    }
  }
  check('--from', from, () => from!.map(readRange))
  check('--identifier', identifier, () => parseIdentifier(identifier!))
  check('--settle', settle, () => parseDuration(settle!))
  check('--hold', hold, () => {
    if (hold === 1 || hold === 2)
      throw new UserError('RW_CONFIG', `the hold time is 0 or at least 3 (RFC 4271 §4.2), not ${hold}`, {
        remedy: 'Give 0 for no KEEPALIVEs, or 3 to 65535 seconds.',
      })
  })
}

/**
 * Settings for startRouter; the file's are unchecked, a wrong flag throws RW_CONFIG that names it. A flag about peers counts for every peer of the file; a flag about the trace
 * leaves the file's other trace options as they are. `defaultTrace` is the folder when neither names one.
 */
export function withFlags(file: Settings, flags: SettingFlags, defaultTrace: string): Settings {
  checkFlags(flags)
  const settings = {
    ...file,
    ...given({ asn: flags.asn, identifier: flags.identifier, listen: flags.listen, settle: flags.settle }),
    trace: traceOf(file['trace'], flags, defaultTrace),
  }
  const peers = peersOf(file['peers'], flags)
  return peers === undefined ? settings : { ...settings, peers }
}

function traceOf(file: unknown, { trace, resume }: SettingFlags, defaultTrace: string): unknown {
  if (trace === false || (trace === undefined && file === false)) return false
  const before = isMapping(file) ? file : typeof file === 'string' ? { directory: file } : {}
  return {
    directory: defaultTrace,
    ...before,
    ...given({ directory: trace, resume: resume === true ? true : undefined }),
  }
}

function peersOf(file: unknown, flags: SettingFlags): unknown {
  const terms = given({ asn: flags.peerAsn, holdTime: flags.hold, gracefulRestart: flags.gracefulRestart })
  if (flags.from !== undefined) return flags.from.map((from) => ({ from, ...terms }))
  if (Object.keys(terms).length === 0) return file
  if (file === undefined) return ['0.0.0.0/0', '::/0'].map((from) => ({ from, ...terms }))
  return Array.isArray(file)
    ? file.map((peer: unknown) => (isMapping(peer) ? { ...peer, ...terms } : peer))
    : file
}
