// A test that has a router, and whose trace is kept when it should be: one folder a test.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test as vitestTest, type TestContext } from 'vitest'
import type { Instant } from '../core/window/contract.ts'
import type { RouterHandle } from '../harness/handle.ts'
import { startRouter, type StartOptions } from '../harness/start.ts'
import { fromHere } from './failure-text.ts'
import { keeps, records, tracePlan, type TracePlan } from './policy.ts'
import {
  clearEarlier,
  fileFolder,
  folderName,
  freeTraceFolder,
  removeEmpty,
  timelineText,
  TRACE,
  writeKept,
} from './results.ts'

/** As startRouter takes them; where the trace goes is decided here. */
export type RouterTestOptions = Omit<StartOptions, 'trace'>

export interface RouterTestSettings {
  /** Which traces are kept, unless ROUTEWITNESS_TRACE says so. */
  readonly policy?: TracePlan['policy'] | undefined
  /** Folder of all traces, unless ROUTEWITNESS_TRACE_DIR says so. */
  readonly directory?: string | undefined
  /** 'file', the default: one router for all tests of the file, with one trace. 'test': one for each. */
  readonly scope?: 'file' | 'test' | undefined
  /** Called when it listens: lets the nodes peer with it, waits until they are there. */
  readonly ready?: ((router: RouterHandle) => unknown) | undefined
}

/** What the fixture `trace` tells. */
export interface TestTrace {
  /** Where this test's part of the record is told of, if it is kept. */
  readonly folder: string
  readonly policy: TracePlan['policy']
}

/** Lines of a timeline that go with an annotation; the file has all. */
const ATTACHED = 200

type Task = TestContext['task']

/** The traces of one test file. */
class FileTraces {
  readonly plan: TracePlan
  /** Kept anything that points to the trace of the file. */
  kept = false
  readonly #names = new Map<string, string>()
  #folder: Promise<string> | undefined

  constructor(plan: TracePlan) {
    this.plan = plan
  }

  /** The folder of the file; what an earlier run left in it is gone. */
  folder(): Promise<string> {
    this.#folder ??= (async () => {
      const file = expect.getState().testPath
      const folder = fileFolder(this.plan.directory, file ?? 'unknown')
      if (this.plan.policy !== 'off') await clearEarlier(folder)
      return folder
    })()
    return this.#folder
  }

  /** The folder of one attempt. */
  async of(task: Task): Promise<string> {
    const retry = task.result?.retryCount ?? 0
    const name = folderName(task.fullTestName)
    const taken = this.#names.get(name)
    if (taken === undefined) this.#names.set(name, task.id)
    // Two tests of one name.
    const unique = taken === undefined || taken === task.id ? name : `${name}-${folderName(task.id)}`
    return join(await this.folder(), retry === 0 ? unique : `${unique}-retry${retry}`)
  }
}

/** Whether an attempt failed; a test that should fail did not when it did. */
const hasFailed = (task: Task): boolean => (task.result?.state === 'fail') !== (task.fails === true)

/**
 * Attaches to a test whose body is over: vitest takes annotations until it reports the test, which comes after this. That takes
 * turning back its state: vitest 4.1 refuses to annotate a test that has failed, and what `recordArtifact` takes at any time no
 * reporter prints.
 */
async function annotate(task: Task, message: string, body: string): Promise<void> {
  const { result } = task
  if (result === undefined) return
  const { state } = result
  let attached: Promise<unknown>
  result.state = 'run'
  try {
    attached = task.context.annotate(message, 'trace', { contentType: 'text/plain', body })
  } finally {
    result.state = state
  }
  await attached
}

/** Decides at the end of an attempt, after everything else that may fail it. */
function keepAtEnd(
  traces: FileTraces,
  task: Task,
  at: {
    readonly router: RouterHandle
    readonly folder: string
    readonly trace: string
    readonly from: Instant
    readonly own: boolean
  },
): void {
  const { router, folder, trace, from, own } = at
  task.context.onTestFinished(async () => {
    const attempt = { retry: task.result?.retryCount ?? 0, failed: hasFailed(task) }
    const { policy } = traces.plan
    if (!keeps(policy, attempt)) {
      if (own) await rm(folder, { recursive: true, force: true })
      return
    }
    traces.kept = true
    if (!own) await router.router.flush()
    const events = router.events(from.seq)
    await writeKept({
      ...{ folder, trace, from, events, policy, to: router.at },
      test: task.fullTestName,
      file: task.file.filepath,
      status: attempt.failed ? 'failed' : 'passed',
      retry: attempt.retry,
      errors: (task.result?.errors ?? []).map(({ message }) => stripVTControlCharacters(message)),
    })
    await annotate(task, `trace: ${fromHere(folder)}`, timelineText(events.slice(-ATTACHED)))
  })
}

const labelled = (options: RouterTestOptions): RouterTestOptions => ({ label: 'router', ...options })

type OptionsSource = RouterTestOptions | (() => RouterTestOptions | Promise<RouterTestOptions>)

const optionsOf = async (source: OptionsSource): Promise<RouterTestOptions> =>
  labelled(typeof source === 'function' ? await source() : source)

/** `test` with the fixtures `router`, one for the file, and `trace`. */
export type FileRouterTest = ReturnType<typeof perFile>
/** `test` with the fixtures `router`, one for each test, and `trace`. */
export type RouterTest = ReturnType<typeof perTest>

/**
 * `test` of vitest with a router: `routerTest({ asn: 64512, … })` gives tests the fixture `router`, which is stopped for them.
 * ROUTEWITNESS_TRACE says which traces are kept (`retain-on-failure` unless told), ROUTEWITNESS_TRACE_DIR where
 * (`test-results`); docs/testing.md describes the folder.
 * @param source options of startRouter, or a function that gives them (once for each router)
 */
export function routerTest(
  source: OptionsSource,
  settings: RouterTestSettings & { readonly scope: 'test' },
): RouterTest
export function routerTest(source: OptionsSource, settings?: RouterTestSettings): FileRouterTest
export function routerTest(
  source: OptionsSource,
  settings: RouterTestSettings = {},
): RouterTest | FileRouterTest {
  const traces = new FileTraces(tracePlan(settings))
  return settings.scope === 'test' ? perTest(source, settings, traces) : perFile(source, settings, traces)
}

async function start(
  source: OptionsSource,
  { ready }: RouterTestSettings,
  trace: string | undefined,
): Promise<RouterHandle> {
  const router = await startRouter({
    ...(await optionsOf(source)),
    ...(trace === undefined ? {} : { trace }),
  })
  try {
    await ready?.(router)
  } catch (error) {
    await router.stop()
    throw error
  }
  return router
}

/** Notes where the traces of a test go, for reporters and so that a failing claim does not attach the trace as well. */
function note(task: Task, { plan }: FileTraces, folder: string): TestTrace {
  const { policy } = plan
  task.meta.routewitness = { policy, folder }
  return { policy, folder }
}

function perFile(source: OptionsSource, settings: RouterTestSettings, traces: FileTraces) {
  const { plan } = traces
  return (
    vitestTest
      // oxlint-disable-next-line no-empty-pattern -- vitest reads from it which fixtures are used
      .extend('router', { scope: 'file' }, async ({}, { onCleanup }) => {
        const trace = plan.policy === 'off' ? undefined : freeTraceFolder(await traces.folder())
        const router = await start(source, settings, trace)
        onCleanup(async () => {
          await router.stop()
          if (trace === undefined || traces.kept) return
          await rm(trace, { recursive: true, force: true })
          await removeEmpty(await traces.folder(), plan.directory)
        })
        return router
      })
      .extend('trace', { auto: true }, async ({ router, task }) => {
        const folder = await traces.of(task)
        if (router.trace !== undefined)
          keepAtEnd(traces, task, { router, folder, trace: router.trace, from: router.at, own: false })
        return note(task, traces, folder)
      })
  )
}

function perTest(source: OptionsSource, settings: RouterTestSettings, traces: FileTraces) {
  const { plan } = traces
  return vitestTest
    .extend('router', async ({ task }, { onCleanup }) => {
      const folder = await traces.of(task)
      const recorded = records(plan.policy, task.result?.retryCount ?? 0)
      const trace = recorded ? join(folder, TRACE) : undefined
      const router = await start(source, settings, trace)
      onCleanup(() => router.stop())
      return router
    })
    .extend('trace', { auto: true }, async ({ router, task }) => {
      const folder = await traces.of(task)
      const from = { seq: 0, at: router.at.at }
      if (router.trace !== undefined)
        keepAtEnd(traces, task, { router, folder, trace: router.trace, from, own: true })
      return note(task, traces, folder)
    })
}
