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
  { versions: '>=1.18 <1.20', value: 'FIN alone', source: 'measured on 1.18.11 and 1.19.7' },
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
    versions: '>=1.18 <1.20',
    value: { retries: 2, idle: 5e6 },
    source: 'GoBGP v3 source: 1 to 2 connect-retry times; 5 s idle hold after a reset',
  },
]

/** What an agent says when its node is no longer selected, with graceful restart on (and the N bit) and off. */
export const UNSELECT: Readonly<Record<'on' | 'off', readonly Expectation<string>[]>> = {
  on: [
    {
      versions: '>=1.18',
      value: 'NOTIFICATION 6/9',
      source: 'RFC 8538 §3; measured on 1.18.11, 1.19.7 and 1.20.2',
    },
  ],
  off: [
    {
      versions: '>=1.18',
      value: 'NOTIFICATION 6/3',
      source: 'RFC 4486; measured on 1.18.11, 1.19.7 and 1.20.2',
    },
  ],
}

/** What an agent says when timers of its peer configuration change. */
export const TIMERS_CHANGED: readonly Expectation<string>[] = [
  {
    versions: '>=1.18',
    value: 'NOTIFICATION 6/4 Peer configuration changed',
    source: 'RFC 9003; measured on 1.18.11, 1.19.7 and 1.20.2',
  },
]

/** The OPEN after such a reset. */
export const RESET_OPEN: readonly Expectation<string>[] = [
  {
    versions: '>=1.18',
    value: 'R=0 N=1 F=0',
    source: 'the same process goes on (RFC 4724 §3); measured on 1.20.2 and 1.18.11',
  },
]

/** How long an agent that restarts lets a healthy router wait while another one with graceful restart is down. */
export const SILENCE: readonly Expectation<number>[] = [
  { versions: '>=1.20', value: 360e6, source: 'measured on 1.20.2: 360.0 s from Established' },
  { versions: '>=1.18 <1.20', value: 0, source: 'measured on 1.18.11 and 1.19.7: no silence' },
]

/** First OPENs of an agent's process to two routers that both live, the one with the more bits first. */
export const SECOND_ROUTER: readonly Expectation<readonly string[]>[] = [
  {
    versions: '>=1.20',
    value: ['R=1 N=1 F=1', 'R=1 N=1 F=1'],
    source: 'measured on 1.20.2, 19 of 19 starts',
  },
  {
    versions: '>=1.18 <1.20',
    value: ['R=1 N=1 F=1', 'R=0 N=1 F=0'],
    source: 'measured on 1.18.11 and 1.19.7, 32 of 32 starts',
  },
]
