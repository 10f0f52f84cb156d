import { fromUtf8, setBytes, toUtf8 } from '../bytes.ts'
import { grammar, Parser, sized } from '../grammar.ts'
import type { CapabilityRow } from './row.ts'

const value = grammar(
  new Parser().uint8('size').buffer('version', sized('size')),
  ({ version }: { version: Uint8Array }) => toUtf8(version),
)

/** Software version (75), draft-abraitis-bgp-version-capability: name and version in UTF-8. */
export const softwareVersion: CapabilityRow<75> = {
  code: 75,
  name: 'software-version',
  clause: 'draft-abraitis-bgp-version-capability §3',
  malformed: 'ignore',
  decode(bytes) {
    const version = value(bytes)
    return version === undefined ? undefined : { code: 75, version }
  },
  encode(capability) {
    const version = fromUtf8(capability.version)
    const out = new Uint8Array(1 + version.length)
    out[0] = version.length
    setBytes(out, version, 1)
    return out
  },
  format: ({ version }) => version,
}
