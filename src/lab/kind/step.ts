// A plan is a list of steps; each can tell whether it is done, and is done only then when it is not.
import { isUserError, UserError, whatHappened } from '../../core/errors/user-error.ts'
import { commandLine, Interrupted, type Command, type Finished } from './runner.ts'

export interface Step {
  /** As it stands in a list: "network kind". */
  readonly name: string
  /** True if there is nothing to do. Throws UserError when what is there belongs to somebody else. */
  done(): Promise<boolean>
  do(): Promise<void>
  /** Takes back what a cut-short `do` left behind; without it the next run goes on from there. */
  readonly undo?: () => Promise<void>
}

export interface Progress {
  /** A line about how it goes. */
  tell(line: string): void
}

/** What a person can do after a stop: the command that goes on, and the one that ends the lab. */
export interface Next {
  readonly again: string
  readonly end?: string
}

/** How a plan ended before its end: the step, and what became of it. */
export class StepError extends UserError {
  readonly step: string

  constructor(step: string, message: string, remedy: string, cause?: unknown) {
    super('RW_LAB', message, { remedy, cause })
    this.name = 'StepError'
    this.step = step
  }
}

/** A plan that the user stopped. `message` tells what was begun and what to do. */
export class PlanInterrupted extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PlanInterrupted'
  }
}

/**
 * Runs what is not done, in order.
 * @param next what a person can do after a stop
 * @throws StepError when a step failed, PlanInterrupted when the user stopped it
 */
export async function execute(steps: readonly Step[], progress: Progress, next: Next): Promise<void> {
  for (const [at, step] of steps.entries()) {
    const place = `${at + 1}/${steps.length}`
    try {
      if (await step.done()) {
        progress.tell(`${place} ${step.name}: nothing to do`)
        continue
      }
      progress.tell(`${place} ${step.name}`)
    } catch (error) {
      // Nothing was begun yet.
      throw stopped(error, step, 'Nothing of it was begun.', next)
    }
    try {
      await step.do()
    } catch (error) {
      throw stopped(error, step, await takenBack(step, progress), next)
    }
  }
}

/** What became of a step that was cut short. */
async function takenBack(step: Step, progress: Progress): Promise<string> {
  if (step.undo === undefined) return 'It goes on from there.'
  try {
    progress.tell(`taking back: ${step.name}`)
    await step.undo()
    return 'What it had begun was taken back.'
  } catch (error) {
    return `Taking it back failed too (${whatHappened(error)}); the next run tries again.`
  }
}

function stopped(error: unknown, step: Step, became: string, next: Next): unknown {
  if (error instanceof Interrupted)
    return new PlanInterrupted(
      `interrupted at "${step.name}". ${became}\nGo on with: ${next.again}` +
        (next.end === undefined ? '' : `\nEnd it with: ${next.end}`),
    )
  if (!isUserError(error)) return error
  return new StepError(
    step.name,
    `"${step.name}": ${error.what}`,
    `${error.remedy} ${became} Then: ${next.again}`,
    error,
  )
}

/**
 * The result of a command that has to end well.
 * @throws UserError RW_LAB with the last lines that it said
 */
export function must(
  command: Command | string,
  finished: Finished,
  remedy = 'Correct what it complains of.',
): Finished {
  if (finished.code === 0) return finished
  const line = typeof command === 'string' ? command : commandLine(command)
  const said = (finished.stderr.trim() === '' ? finished.stdout : finished.stderr)
    .trim()
    .split('\n')
    .slice(-8)
  throw new UserError('RW_LAB', [`${line} ended with ${finished.code}`, ...said].join('\n'), { remedy })
}
