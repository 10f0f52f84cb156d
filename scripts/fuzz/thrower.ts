// Throws: opens the connections of one iteration, writes their octets, ends them.
import { connect, type Socket } from 'node:net'
import type { Step, Throw, ThrownConnection } from './throws.ts'

/** How long a connection is left open that nobody ends, and how long one may take to end. Milliseconds. */
const WAIT = 150
const PATIENCE = 3000

/** One connection as it went. */
export interface Flight {
  readonly iteration: number
  /** Which of the connections of the iteration. */
  readonly index: number
  /** Our end: "127.0.1.7:40000"; undefined when it was refused. */
  readonly source: string | undefined
  /** All was written and FIN was sent, and the other side neither ended before nor reset. */
  readonly whole: boolean
  /** Milliseconds since 1970: a source is used again later, by another flight. */
  readonly begun: number
  readonly over: number
}

/** Performs it all; resolves when every connection is over. */
export function perform(thrown: Throw, port: number): Promise<Flight[]> {
  return Promise.all(
    thrown.connections.map((one, index) => fly(one, { iteration: thrown.iteration, index, port })),
  )
}

async function fly(
  { from, steps, end }: ThrownConnection,
  { iteration, index, port }: { iteration: number; index: number; port: number },
): Promise<Flight> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from, allowHalfOpen: true, noDelay: true })
  const begun = Date.now()
  let endedByThem = false
  let failed = false
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('end', () => (endedByThem = true))
  socket.on('error', () => (failed = true))
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('close', () => resolve(false))
  })
  if (!connected) return { iteration, index, source: undefined, whole: false, begun, over: Date.now() }
  const source = `${socket.localAddress}:${socket.localPort}`
  if (end === 'wait') socket.pause()
  else socket.resume()
  const over = (): boolean => endedByThem || failed || socket.destroyed
  let written = true
  for (const step of steps) {
    written = !over() && (await write(socket, step, over))
    if (!written) break
  }
  const whole = written && end === 'fin' && !over()
  if (end === 'wait') await pause(WAIT, closed)
  if (end === 'fin' && !failed) socket.end()
  else reset(socket)
  await pause(PATIENCE, closed)
  reset(socket)
  await closed
  return { iteration, index, source, whole: whole && !failed, begun, over: Date.now() }
}

/** @returns false when it could not be written in time */
async function write(
  socket: Socket,
  { bytes, piece = bytes.length }: Step,
  over: () => boolean,
): Promise<boolean> {
  for (let at = 0; at < bytes.length; at += piece) {
    if (over()) return false
    const failed = await new Promise<boolean>((resolve) => {
      const timeout = setTimeout(() => resolve(true), PATIENCE)
      socket.write(bytes.subarray(at, at + piece), (error) => {
        clearTimeout(timeout)
        resolve(error !== null && error !== undefined)
      })
    })
    if (failed) return false
    if (piece < bytes.length) await new Promise((resolve) => setImmediate(resolve))
  }
  return true
}

function reset(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}

async function pause(milliseconds: number, unless: Promise<void>): Promise<void> {
  let timeout: NodeJS.Timeout | undefined
  await Promise.race([unless, new Promise<void>((resolve) => (timeout = setTimeout(resolve, milliseconds)))])
  clearTimeout(timeout)
}
