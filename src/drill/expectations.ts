// What Cilium does in which release, as data: each with where it comes from. "measured": with Cilium's own control planes
// in the native lab (1.18.11, 1.19.7, 1.20.2).
import type { Expectation } from './versions.ts'

/** How an agent that gets SIGTERM says farewell where graceful restart is off. */
export const FAREWELL: readonly Expectation<string>[] = [
  {
    versions: '>=1.20',
    value: 'NOTIFICATION 6/3',
    source: 'measured on 1.20.2; cilium#31346 asks for none with graceful restart',
  },
  { versions: '<1.20', value: 'FIN alone', source: 'measured on 1.18.11 and 1.19.7' },
]

/** The first OPEN of an agent's process: it restarts, and its forwarding state was kept. */
export const FIRST_OPEN: readonly Expectation<string>[] = [
  {
    versions: '>=1.18',
    value: 'R=1 N=1 F=1',
    source: 'RFC 4724 §3, RFC 8538 §2; measured on 1.18.11, 1.19.7 and 1.20.2',
  },
]

/** An OPEN of a process that has run before: nothing was restarted. */
export const LATER_OPEN: readonly Expectation<string>[] = [
  {
    versions: '>=1.18',
    value: 'R=0 N=1 F=0',
    source: 'measured on 1.18.11, 1.19.7 and 1.20.2: GoBGP clears LocalRestarting',
  },
]

/** How long an agent takes to connect to a router that is back: so many connect-retry times, and an idle time after a reset. */
export const RECONNECT: readonly Expectation<{ readonly retries: number; readonly idle: number }>[] = [
  {
    versions: '>=1.20',
    value: { retries: 1, idle: 5e6 },
    source: 'GoBGP v4 source: 0.75 to 1 connect-retry time; 5 s idle hold after a reset',
  },
  {
    versions: '<1.20',
    value: { retries: 2, idle: 5e6 },
    source: 'GoBGP v3 source: 1 to 2 connect-retry times; 5 s idle hold after a reset',
  },
]
