import { flagRow } from './row.ts'

/** Extended message (6), RFC 8654 §3. */
export const extendedMessage = flagRow(6, 'extended-message', 'RFC 8654 §3')
