// Removing a trace whose recording never began.
import { rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EVENTS, MANIFEST, MESSAGES } from './names.ts'

/** Removes the files of a trace that was just begun, and its folder when nothing else is in it. */
export async function discardTrace(directory: string): Promise<void> {
  for (const name of [MESSAGES, EVENTS, MANIFEST]) await rm(join(directory, name), { force: true })
  // Somebody else's files may be there: then it stays.
  await rmdir(directory).catch(() => undefined)
}
