// This machine as the checks see it.
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { CommandResult, Host } from './contract.ts'

/** A program that asks something of a cluster or a daemon may hang: milliseconds. */
const PATIENCE = 15_000

export function thisHost(): Host {
  return {
    platform: process.platform,
    nodeVersion: process.versions.node,
    read: (path) => readFile(path, 'utf8').catch(() => undefined),
    list: (path) => readdir(path).catch(() => []),
    run,
    tryListen,
  }
}

function run(command: string, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(command, [...args], { timeout: PATIENCE }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined
      // A program that was ended because it hung was there.
      resolve({ code: error?.killed === true ? 1 : code, stdout, stderr })
    })
  })
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, ...(host.includes(':') && { ipv6Only: true }) }, () =>
      server.close(() => resolve(undefined)),
    )
  })
}
