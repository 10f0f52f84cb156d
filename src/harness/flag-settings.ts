// The flags of `serve` laid over the configuration file: flags win, key by key.

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

/**
 * Settings for startRouter, unchecked. A flag about peers counts for every peer of the file; a flag about the trace
 * leaves the file's other trace options as they are. `defaultTrace` is the folder when neither names one.
 */
export function withFlags(file: Settings, flags: SettingFlags, defaultTrace: string): Settings {
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
