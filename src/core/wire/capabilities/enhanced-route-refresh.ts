import { flagRow } from './row.ts'

/** Enhanced route refresh (70), RFC 7313 §3.1. */
export const enhancedRouteRefresh = flagRow(70, 'enhanced-route-refresh', 'RFC 7313 §3.1')
