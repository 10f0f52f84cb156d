// What the BGP resources of a Cilium release are called.
import { UserError } from '../../core/errors/user-error.ts'

export interface CiliumVersion {
  readonly major: number
  readonly minor: number
  /** apiVersion of CiliumBGP… and CiliumLoadBalancerIPPool: v2 since 1.18. */
  readonly apiVersion: 'cilium.io/v2' | 'cilium.io/v2alpha1'
}

export const NEWEST_CILIUM = '1.20'

/**
 * Reads "1.20", "1.18.11" or "v1.19.7".
 * @throws UserError RW_USAGE when it is none, or older than 1.16, whose operator does not act on these resources
 */
export function ciliumVersion(text: string): CiliumVersion {
  const match = /^v?(\d{1,3})\.(\d{1,3})(?:\.\d{1,3}(?:-[\w.]+)?)?$/.exec(text)
  const major = Number(match?.[1])
  const minor = Number(match?.[2])
  if (match === null)
    throw new UserError('RW_USAGE', `--cilium-version: '${text}' is no version of Cilium`, {
      remedy: 'Write it as 1.20 or 1.20.2.',
    })
  if (major < 1 || (major === 1 && minor < 16))
    throw new UserError(
      'RW_USAGE',
      `--cilium-version: Cilium ${major}.${minor} has no CiliumBGPClusterConfig that works`,
      {
        remedy:
          'These resources work from 1.16 on. Older releases are configured by CiliumBGPPeeringPolicy or bgp-config, which this command does not write.',
      },
    )
  return { major, minor, apiVersion: major === 1 && minor < 18 ? 'cilium.io/v2alpha1' : 'cilium.io/v2' }
}
