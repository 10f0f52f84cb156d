import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '../../src/api/serve.ts'
import type { ObjectSource } from '../../src/kube/source.ts'

test('it is ready once the objects of the cluster have been read, and answers before', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'routewitness-ready-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  let readAll: () => void = () => undefined
  let url: (found: string) => void = () => undefined
  const told = new Promise<string>((resolve) => (url = resolve))
  const expected: ObjectSource = {
    description: 'a cluster that takes its time',
    start: () => new Promise((resolve) => (readAll = resolve)),
    stop: () => Promise.resolve(),
  }
  const starting = serve({
    settings: { asn: 64512, listen: '127.0.0.1:0', trace: false },
    expected,
    http: '127.0.0.1:0',
    socket: join(directory, 'control.sock'),
    environment: {},
    say: (line) => {
      const address = /http:\/\/\S+/.exec(line)?.[0]
      if (address !== undefined) url(address)
    },
  })
  const ask = async (path: string): Promise<number> => (await fetch(`${await told}${path}`)).status
  expect(await ask('/v1/state')).toBe(200)
  expect(await ask('/v1/ready')).toBe(503)
  readAll()
  const serving = await starting
  onTestFinished(() => serving.stop())
  expect(await ask('/v1/ready')).toBe(200)
})
