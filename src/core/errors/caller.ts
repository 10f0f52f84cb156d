// What a public function rejects with later leads to the line that called it: the stack of then has only our own lines.
import { isUserError } from './user-error.ts'

/**
 * Does the work of a public function, whose caller can mend the UserErrors that come of it. To be called by that function
 * before it awaits anything.
 */
export async function forCaller<T>(work: () => Promise<T>): Promise<T> {
  const here = new Error('here')
  Error.captureStackTrace(here, forCaller)
  try {
    return await work()
  } catch (error) {
    // Behind the message and the public function itself.
    const frames = (here.stack ?? '').split('\n').slice(2)
    if (isUserError(error) && frames.length > 0)
      error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n')
    throw error
  }
}
