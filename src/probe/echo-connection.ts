// A connection to an echo server: one question after the other, each with its own time limit.
import { connect, type Socket } from 'node:net'
import type { ProbeOutcome, ProbeReply } from '../core/stream/probe-events.ts'
import type { Micros } from '../core/speaker/contract.ts'
import { ECHO } from './echo-server.ts'

export interface Destination {
  readonly host: string
  readonly port: number
  /** The port to come from: by it rules of the kernel know the connection. */
  readonly localPort?: number | undefined
}

export interface Answer {
  readonly outcome: ProbeOutcome
  readonly rtt?: Micros | undefined
  readonly reply?: ProbeReply | undefined
  readonly local?: string | undefined
  readonly message?: string | undefined
  /** The source port is in use: nothing was sent. */
  readonly portTaken?: boolean
}

interface Question {
  readonly asked: number
  readonly answer: (answer: Answer) => void
}

/** More questions than this do not wait for answers that do not come. */
const OUTSTANDING = 64
/** Octets of a large question and of its answer: several full-size segments of jumbo frames. */
const LARGE = 32_768

export class EchoConnection {
  readonly #socket: Socket
  readonly #host: string
  readonly #waiting: Question[] = []
  #text = ''
  #end: Answer | undefined

  constructor(destination: Destination) {
    this.#host = destination.host
    this.#socket = connect({
      host: destination.host,
      port: destination.port,
      noDelay: true,
      ...(destination.localPort === undefined ? {} : { localPort: destination.localPort }),
    })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => this.#read(text))
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#over(failure(error)))
    this.#socket.on('close', () =>
      this.#over({ outcome: 'reset', message: 'the server closed the connection' }),
    )
  }

  /** How the connection ended; undefined while it stands. */
  get ended(): Answer | undefined {
    return this.#end
  }

  /** Asks, and gives the answer, or `timeout` after that many milliseconds; never rejects. Later answers are dropped. */
  ask(timeout: number, how: { readonly large?: boolean; readonly last?: boolean } = {}): Promise<Answer> {
    if (this.#end !== undefined) return Promise.resolve(this.#end)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ outcome: 'timeout', message: 'no answer in time' }), timeout)
      if (this.#waiting.length >= OUTSTANDING) return
      this.#waiting.push({
        asked: performance.now(),
        answer: (answer) => {
          clearTimeout(timer)
          resolve(answer)
        },
      })
      this.#socket.write(question(this.#host, how.large === true, how.last === true))
    })
  }

  /** Ends the connection; an answered one waits for the server's FIN, so that our port is free at once. */
  close(): void {
    if (this.#waiting.length > 0 || this.#end !== undefined) this.#socket.destroy()
    else setTimeout(() => this.#socket.destroy(), 1000).unref()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #read(text: string): void {
    this.#text += text
    for (;;) {
      const head = this.#text.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#text.slice(0, head))?.[1] ?? Number.NaN)
      if (Number.isNaN(length)) {
        this.#over({ outcome: 'garbled', message: 'no echo server answered' })
        this.#socket.destroy()
        return
      }
      const end = head + 4 + length
      if (this.#text.length < end) return
      const body = this.#text.slice(head + 4, end)
      this.#text = this.#text.slice(end)
      this.#answer(body)
    }
  }

  #answer(body: string): void {
    const question = this.#waiting.shift()
    if (question === undefined) return
    const local = this.#socket.localAddress
    const reply = replyIn(body)
    question.answer(
      reply === undefined
        ? { outcome: 'garbled', local, message: garbledText(body) }
        : { outcome: 'ok', rtt: Math.round((performance.now() - question.asked) * 1000), reply, local },
    )
  }

  #over(how: Answer): void {
    if (this.#end !== undefined) return
    this.#end = how
    for (const { answer } of this.#waiting.splice(0)) answer(how)
  }
}

function question(host: string, large: boolean, last: boolean): string {
  const name = host.includes(':') ? `[${host}]` : host
  const head = `Host: ${name}\r\n${last ? 'Connection: close\r\n' : ''}`
  if (!large) return `GET / HTTP/1.1\r\n${head}\r\n`
  return `POST /?size=${LARGE} HTTP/1.1\r\n${head}Content-Length: ${LARGE}\r\n\r\n${'x'.repeat(LARGE)}`
}

function replyIn(body: string): ProbeReply | undefined {
  try {
    const json = JSON.parse(body) as Record<string, unknown>
    const { echo, pod, node, client } = json
    if (echo !== ECHO || typeof client !== 'string') return undefined
    return {
      ...(typeof pod === 'string' ? { pod } : {}),
      ...(typeof node === 'string' ? { node } : {}),
      client,
    }
  } catch {
    return undefined
  }
}

const OUTCOMES: Partial<Record<string, ProbeOutcome>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
}

function failure(error: NodeJS.ErrnoException): Answer {
  const portTaken = error.code === 'EADDRINUSE' || error.code === 'EADDRNOTAVAIL'
  return {
    outcome: OUTCOMES[error.code ?? ''] ?? 'error',
    message: error.message,
    ...(portTaken ? { portTaken } : {}),
  }
}

/** What the answer of somebody who is no echo server looks like. */
function garbledText(body: string): string {
  const begins = body.slice(0, 60).trim()
  return begins === '' ? 'no echo server answered, with an empty body' : `no echo server answered: ${begins}`
}
