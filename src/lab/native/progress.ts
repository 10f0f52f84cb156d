// Progress for people: one line with the seconds since the beginning.

export type Progress = (text: string) => void

/** Lines on stderr, so that stdout stays for results. */
export function progressTo(
  write: (line: string) => void,
  now: () => number = () => performance.now(),
): Progress {
  const begun = now()
  return (text) => write(`${((now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}\n`)
}

export const silent: Progress = () => {}
