// Loaded into a `serve` before everything else (`--import`): it then ends with 97 at an UPDATE that has LARGE_COMMUNITIES,
// so that what looks for faults has one to find.
import { register } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const PLACE = 'this.#bytes = bytes\n'
const CONDITION = 'bytes[at] === 0xc0 && bytes[at + 1] === 0x20'
const FAULT = `${PLACE}for (let at = 19; at < bytes.length - 1; at++) if (${CONDITION}) process.exit(97)\n`

if (isMainThread) register(import.meta.url)

/** A hook for modules: https://nodejs.org/api/module.html#loadurl-context-nextload */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context)
  if (!/\/core\/wire\/update-scan\.ts(\?|$)/.test(url)) return loaded
  const source = String(loaded.source)
  if (!source.includes(PLACE)) throw new Error(`${url} has no place for the fault`)
  return { ...loaded, source: source.replace(PLACE, FAULT) }
}
