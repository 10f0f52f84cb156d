import { fromUtf8, setBytes, toUtf8 } from '../bytes.ts'
import { grammar, Parser, sized } from '../grammar.ts'
import type { CapabilityRow } from './row.ts'

const value = grammar(
  new Parser()
    .uint8('hostLength')
    .buffer('host', sized('hostLength'))
    .uint8('domainLength')
    .buffer('domain', sized('domainLength')),
  ({ host, domain }: { host: Uint8Array; domain: Uint8Array }) => ({
    host: toUtf8(host),
    domain: toUtf8(domain),
  }),
)

/** FQDN (73), draft-walton-bgp-hostname-capability-02 §4: host and domain name in UTF-8. */
export const fqdn: CapabilityRow<73> = {
  code: 73,
  name: 'fqdn',
  clause: 'draft-walton-bgp-hostname-capability-02 §4',
  malformed: 'ignore',
  decode(bytes) {
    const { host, domain } = value(bytes) ?? {}
    return host === undefined || domain === undefined ? undefined : { code: 73, host, domain }
  },
  encode(capability) {
    const host = fromUtf8(capability.host)
    const domain = fromUtf8(capability.domain)
    const out = new Uint8Array(2 + host.length + domain.length)
    out[0] = host.length
    const at = setBytes(out, host, 1)
    out[at] = domain.length
    setBytes(out, domain, at + 1)
    return out
  },
  format: ({ host, domain }) => (domain === '' ? host : `${host}.${domain}`),
}
