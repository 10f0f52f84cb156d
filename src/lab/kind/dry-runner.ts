// The Runner of --dry-run: tells what would be done, in order, and does nothing.
import { commandLine, type Command, type Finished, type Runner } from './runner.ts'

/** Nothing is known, so everything is as if it were not there. */
const NOTHING: Finished = { code: 1, stdout: '', stderr: '' }
const DONE: Finished = { code: 0, stdout: '', stderr: '' }

export class DryRunner implements Runner {
  readonly dry = true
  readonly #print: (line: string) => void

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  ask(command: Command): Promise<Finished> {
    this.#print(`# look: ${commandLine(command)}`)
    return Promise.resolve(NOTHING)
  }

  act(command: Command): Promise<Finished> {
    this.#print(commandLine(command))
    if (command.stdin !== undefined)
      this.#print(`# with ${command.stdin.length} characters on its standard input`)
    return Promise.resolve(DONE)
  }

  compose(project: string, file: string, args: readonly string[]): Promise<Finished> {
    return this.act({ program: 'docker', args: ['compose', '-p', project, '-f', file, ...args] })
  }

  write(file: string, _text: string, secret = false): Promise<void> {
    this.#print(`# write ${file}${secret ? ', for its owner only' : ''}`)
    return Promise.resolve()
  }

  remove(path: string): Promise<void> {
    this.#print(`rm -rf ${path}`)
    return Promise.resolve()
  }
}
