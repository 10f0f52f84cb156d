// Loaded into a `serve` before everything else (`--import`): it then has a fault at an UPDATE with LARGE_COMMUNITIES, so
// that what looks for faults has one to find. By default it ends with 97; "?memory" and "?open" behind the name of this
// file let it keep 512 KiB and a descriptor each time.
import { register } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const PLACE = 'this.#bytes = bytes\n'
const CONDITION = 'bytes[at] === 0xc0 && bytes[at + 1] === 0x20'
const FAULTS = {
  '': 'process.exit(97)',
  '?memory': '(globalThis.planted ??= []).push(new Array(65536).fill(at))',
  '?open': "process.getBuiltinModule('node:fs').openSync('/dev/null')",
}
const WHAT = FAULTS[new URL(import.meta.url).search]
const FAULT = `${PLACE}for (let at = 19; at < bytes.length - 1; at++) if (${CONDITION}) { ${WHAT}; break }\n`

if (isMainThread) register(import.meta.url)

/** A hook for modules: https://nodejs.org/api/module.html#loadurl-context-nextload */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context)
  if (!/\/core\/wire\/update-scan\.ts(\?|$)/.test(url)) return loaded
  const source = String(loaded.source)
  if (!source.includes(PLACE)) throw new Error(`${url} has no place for the fault`)
  return { ...loaded, source: source.replace(PLACE, FAULT) }
}
