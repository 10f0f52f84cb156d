import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { fromObjects } from '../../src/kube/source.ts'
import { RecordingSink } from '../support/recording-sink.ts'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

function directory(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'routewitness-objects-'))
  directories.push(path)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

async function read(files: Readonly<Record<string, string>>): Promise<RecordingSink> {
  const sink = new RecordingSink()
  await fromObjects(directory(files)).start(sink)
  return sink
}

const NODE = (name: string) => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n`

test('reads several documents, lists, JSON and typed lists', async () => {
  const sink = await read({
    '1.yaml': `${NODE('a')}---\n${NODE('b')}---\n`,
    '2.yml': 'apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Node, metadata: {name: c}}\n',
    '3.json': JSON.stringify({
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNodeList',
      items: [{ metadata: { name: 'a' } }],
    }),
    'README.md': 'not: [yaml',
  })
  expect(sink.lines.slice(0, 4)).toEqual(['set Node/a', 'set Node/b', 'set Node/c', 'set CiliumNode/a'])
  expect(sink.objects.get('CiliumNode/a')!.apiVersion).toBe('cilium.io/v2')
})

test('says which resources are there and which are not', async () => {
  const sink = await read({ 'a.yaml': NODE('a') })
  expect(sink.states.get('nodes')).toBe('synced')
  expect(sink.states.get('ciliumnodes.cilium.io')).toBe('not-given')
})

test('passes over kinds that nobody reads, Secrets above all', async () => {
  const sink = await read({
    'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {password: aGk=}\n',
  })
  expect(sink.objects.size).toBe(0)
})

test('bad YAML is refused with file and line', async () => {
  const path = directory({ 'bad.yaml': `${NODE('a')}spec:\n  podCIDRs: [10.1.1.0/24\n` })
  await expect(fromObjects(path).start(new RecordingSink())).rejects.toMatchObject({
    code: 'RW_OBJECTS',
    message: expect.stringMatching(/bad\.yaml, line \d+: /),
  })
})

test('an alias without an anchor is refused too', async () => {
  const path = directory({ 'bad.yaml': `${NODE('a')}---\nkind: *nowhere\n` })
  await expect(fromObjects(path).start(new RecordingSink())).rejects.toMatchObject({ code: 'RW_OBJECTS' })
})

test('an empty or absent directory is refused', async () => {
  await expect(fromObjects(directory({})).start(new RecordingSink())).rejects.toMatchObject({
    code: 'RW_OBJECTS',
  })
  await expect(fromObjects('/nowhere/objects').start(new RecordingSink())).rejects.toMatchObject({
    code: 'RW_OBJECTS',
  })
})

test('a directory that is not there is said to be so', async () => {
  await expect(fromObjects('/nonexistent').start(new RecordingSink())).rejects.toThrow(
    'there is no directory /nonexistent',
  )
})
