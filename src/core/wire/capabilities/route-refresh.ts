import { flagRow } from './row.ts'

/** Route refresh (2), RFC 2918 §2. */
export const routeRefresh = flagRow(2, 'route-refresh', 'RFC 2918 §2')
