// Codes of findings, sorted.
import { PEER_FINDINGS, ROUTE_FINDINGS } from '../../src/core/check/finding.ts'

export const FINDING_CODES_OF_TABLE = [...ROUTE_FINDINGS, ...PEER_FINDINGS].sort()
