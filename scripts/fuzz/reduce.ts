// Delta debugging: the smallest list that still shows a fault, as far as removing parts finds it.

/**
 * Removes what the fault does not need (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002).
 * @param shows whether a list still shows the fault; `whole` has to
 * @param tries how often it may be asked
 */
export async function reduced<T>(
  whole: readonly T[],
  shows: (part: readonly T[]) => Promise<boolean>,
  tries = 200,
): Promise<readonly T[]> {
  let list = whole
  let left = tries
  for (let parts = 2; list.length > 1 && left > 0;) {
    const size = Math.ceil(list.length / parts)
    let smaller: readonly T[] | undefined
    for (let at = 0; at < list.length && smaller === undefined && left > 0; at += size, left--) {
      const without = [...list.slice(0, at), ...list.slice(at + size)]
      if (without.length > 0 && (await shows(without))) smaller = without
    }
    if (smaller !== undefined) {
      list = smaller
      parts = Math.max(2, parts - 1)
    } else if (size === 1) break
    else parts = Math.min(list.length, parts * 2)
  }
  return list
}
