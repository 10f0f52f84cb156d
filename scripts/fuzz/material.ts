// What the fuzzer mutates: the messages of test/vectors, and the cases of the RFC 7606 table.
import {
  casesOf,
  EXTERNAL,
  INTERNAL,
  OLD_EXTERNAL,
  OLD_INTERNAL,
} from '../../test/conformance/rfc7606-cases.ts'
import { hex } from '../../test/support/hex.ts'
import { bytesOf, corpus } from '../../test/support/vectors.ts'

export interface Material {
  readonly opens: readonly Uint8Array[]
  readonly updates: readonly Uint8Array[]
  /** Messages of every type. */
  readonly all: readonly Uint8Array[]
}

const OPEN = 1
const UPDATE = 2

/** In the order of the files, so that a seed means the same as long as they are the same. */
export function readMaterial(): Material {
  const vectors = corpus().flatMap(({ vectors }) => vectors.map(bytesOf))
  const cases = [EXTERNAL, INTERNAL, OLD_EXTERNAL, OLD_INTERNAL].flatMap((kind) =>
    casesOf(kind).map(({ bytes }) => bytes),
  )
  const all = [...vectors, ...cases]
  const ofType = (type: number): Uint8Array[] => all.filter((bytes) => bytes[18] === type)
  return { opens: ofType(OPEN), updates: ofType(UPDATE), all }
}

/** Other things that turn up at a BGP port. */
export const STRANGERS: readonly Uint8Array[] = [
  Buffer.from('GET / HTTP/1.1\r\nHost: router\r\n\r\n'),
  Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n'),
  hex('16030100c8010000c40303'),
  new Uint8Array(64),
  new Uint8Array(18).fill(0xff),
  new Uint8Array(5000).fill(0xff),
]
