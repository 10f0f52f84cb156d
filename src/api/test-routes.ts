// The routes that change a router between and within tests: announcements, expectations, windows, reset.
import { isUserError, UserError } from '../core/errors/user-error.ts'
import type { AnnounceRoute } from '../harness/announce-route.ts'
import type { RouterHandle } from '../harness/handle.ts'
import { windowToJson, type RecordedWindow, type WindowJson } from '../harness/window.ts'
import type { StaticEntry } from '../kube/static-source.ts'
import { listBody } from './announce-body.ts'
import { textField, type ApiRoute } from './http.ts'

type Change = (body: unknown) => unknown

/** What a window that was opened over the API is known by. */
export interface OpenedWindow {
  /** A name that was used before has a number: "rollout #2". */
  readonly name: string
  readonly seq: number
  readonly at: number
}

export function testRoutes(handle: RouterHandle): ApiRoute[] {
  const windows = new Map<string, RecordedWindow>()
  const post = (path: string, what: string, change: Change): ApiRoute => ({
    method: 'POST',
    path,
    guarded: true,
    what,
    answer: async ({ body }) => ({ json: (await change(body)) ?? {} }),
  })
  const openOne = (body: unknown): RecordedWindow => {
    const name = textField(body, 'name')
    const window = windows.get(name)
    if (window !== undefined) return window
    throw new UserError('RW_NOT_FOUND', `there is no open window "${name}"`, {
      remedy: 'Open it with POST /v1/windows; a reset closes and forgets all.',
    })
  }
  return [
    post('/v1/announce', 'announcing routes', (body) => {
      const { list, peer } = listBody(body, 'routes')
      handle.announce(list as readonly AnnounceRoute[], peer)
    }),
    post('/v1/withdraw', 'withdrawing routes', (body) => {
      const { list, peer } = listBody(body, 'prefixes')
      handle.withdraw(list as readonly string[], peer)
    }),
    post('/v1/expected', 'saying what is expected', (body) => {
      const { nodes } = (body ?? {}) as { nodes?: unknown }
      // It checks every entry.
      handle.setExpected(nodes as readonly StaticEntry[])
    }),
    post('/v1/windows', 'opening a window', (body): OpenedWindow => {
      const window = handle.window(textField(body, 'name'))
      windows.set(window.name, window)
      return { name: window.name, ...window.from }
    }),
    post('/v1/windows/look', 'looking at a window', (body) => carried(openOne(body), handle)),
    post('/v1/windows/close', 'closing a window', (body) => {
      const window = openOne(body)
      window.close()
      windows.delete(window.name)
      return carried(window, handle)
    }),
    post('/v1/reset', 'a reset', () => {
      windows.clear()
      return handle.reset()
    }),
  ]
}

/** With its events, as long as they are held in memory: what it answers does not need them. */
async function carried(window: RecordedWindow, handle: RouterHandle): Promise<WindowJson> {
  await handle.windowsWhole()
  try {
    return windowToJson(window, { events: true })
  } catch (error) {
    if (!isUserError(error) || error.code !== 'RW_NOT_FOUND') throw error
    return windowToJson(window)
  }
}
