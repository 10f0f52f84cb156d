// Every code that the product shows, in one place: errors for people, and exit codes.

/** How a command ends. */
export const EXIT = {
  ok: 0,
  finding: 1,
  usage: 2,
  warning: 3,
  timeout: 4,
  environment: 5,
  interrupted: 130,
} as const

/** What each of them means, for --help and the README. */
export const EXIT_CODES =
  '0 ok · 1 finding · 2 usage, configuration, or nothing to check · 3 warnings only, or not settled yet · 4 timed out · 5 environment not usable · 130 interrupted'

/** Errors that a person can mend: code → exit code, and what to do when the place of the error has nothing better to say. */
export const USER_ERRORS = {
  RW_USAGE: { exit: EXIT.usage, remedy: 'See --help of the command, or docs/testing.md.' },
  RW_CONFIG: { exit: EXIT.usage, remedy: 'See docs/testing.md for the options and what they take.' },
  RW_NOTHING_TO_CHECK: {
    exit: EXIT.usage,
    remedy:
      'Give a cluster (--context, or fromCluster), objects (--objects DIR, or fromObjects) or a trace that has them.',
  },
  RW_OBJECTS: { exit: EXIT.usage, remedy: 'Give a directory with what `kubectl get -o yaml` prints.' },
  RW_TRACE: {
    exit: EXIT.usage,
    remedy: 'Give the folder of a trace: it has trace.json, events.jsonl and messages.mrt.',
  },
  RW_TRACE_VERSION: {
    exit: EXIT.usage,
    remedy: 'Read this trace with the version of routewitness that wrote it, or a newer one.',
  },
  RW_NOT_FOUND: { exit: EXIT.usage, remedy: 'See what there is with `routewitness get`.' },
  RW_TIMEOUT: {
    exit: EXIT.timeout,
    remedy: 'Wait longer (--timeout, or the option timeout), or look at what is missing.',
  },
  RW_PORT_IN_USE: {
    exit: EXIT.environment,
    remedy: 'End what listens there, or choose another address (--listen, or the option listen).',
  },
  RW_PORT_DENIED: {
    exit: EXIT.environment,
    remedy: 'Ports below 1024 need a right: listen on 1790 and set the peer port to it.',
  },
  RW_ADDRESS: { exit: EXIT.environment, remedy: 'Listen on an address of this machine.' },
  RW_SOCKET_OPTIONS: {
    exit: EXIT.environment,
    remedy: 'Run it on Linux with a kernel that has them, or leave out password and ttlSecurity.',
  },
  RW_CLUSTER: {
    exit: EXIT.environment,
    remedy:
      'Check the context and the kubeconfig (--context and --kubeconfig, or the options of fromCluster), or use objects (--objects DIR, or fromObjects).',
  },
  RW_NOT_READY: { exit: EXIT.environment, remedy: 'Ask again in a moment.' },
  RW_NO_SERVER: {
    exit: EXIT.environment,
    remedy: 'Start `routewitness serve`, or name its socket (--socket, or attachRouter("unix:/PATH")).',
  },
  RW_VERSION: {
    exit: EXIT.environment,
    remedy: 'Run the same version of routewitness on both sides.',
  },
  RW_DENIED: {
    exit: EXIT.environment,
    remedy: 'Give the token of the server (--token-file, or attachRouter(url, { token })).',
  },
  RW_NO_SPACE: {
    exit: EXIT.environment,
    remedy: 'Free space, or write the trace elsewhere (--trace, or the option trace).',
  },
  RW_PROBE: {
    exit: EXIT.environment,
    remedy:
      'Run it as root or with CAP_NET_ADMIN in the network namespace of the router, or in mode direct (--mode, or the option mode).',
  },
  RW_LAB: { exit: EXIT.environment, remedy: 'See docs/lab.md for what the lab needs.' },
  RW_TRACE_IO: { exit: EXIT.environment, remedy: 'Check that the trace folder can be written.' },
} as const satisfies Record<string, { exit: number; remedy: string }>

export type UserErrorCode = keyof typeof USER_ERRORS
