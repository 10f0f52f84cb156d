/** Routes that are read in one turn of the event loop. */
export const ROUTES_A_TURN = 1000

/** Resolves in the next turn of the event loop, after the sockets were read once more. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
