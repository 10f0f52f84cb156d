// The few things that the writer asks of a file system, so that a test can put one in its place that fails.
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that is being written. */
export interface TraceFile {
  /** Which file it is, whatever its name may be by now. */
  readonly identity: string
  /** Writes all of it at that position, or rejects. */
  write(bytes: Uint8Array, position: number): Promise<void>
  truncate(length: number): Promise<void>
  /** Resolves when what was written is on the disk. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface TraceFileSystem {
  /** With its parents; does nothing when it is there. */
  makeDirectory(path: string): Promise<void>
  list(directory: string): Promise<readonly string[]>
  /** Rejects with EEXIST when there is such a file. */
  create(path: string): Promise<TraceFile>
  /** Which file has that name now; undefined when none has. */
  identity(path: string): Promise<string | undefined>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Replaces the file as a whole: after a crash it has the old text or the new. */
  replace(path: string, text: string): Promise<void>
}

/** The file system of this machine. */
export const nodeFiles: TraceFileSystem = {
  async makeDirectory(path) {
    await mkdir(path, { recursive: true })
  },
  list: (directory) => readdir(directory),
  create: (path) => createFile(path, 'wx'),
  async identity(path) {
    try {
      return identityOf(await stat(path, { bigint: true }))
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined
      throw error
    }
  },
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  async replace(path, text) {
    const temporary = `${path}.new`
    const file = await createFile(temporary, 'w')
    try {
      await file.write(Buffer.from(text), 0)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  },
}

/** The code of a system error: "ENOSPC"; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The names that a trace folder has for its parts. */
export function inFolder(directory: string, name: string): string {
  return join(directory, name)
}

async function createFile(path: string, flags: 'wx' | 'w'): Promise<TraceFile> {
  const handle = await open(path, flags)
  const identity = identityOf(await handle.stat({ bigint: true }))
  return {
    identity,
    async write(bytes, position) {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
        done += bytesWritten
      }
    },
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  }
}

function identityOf(stats: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${stats.dev}:${stats.ino}`
}
