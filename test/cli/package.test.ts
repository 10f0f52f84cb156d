// What somebody gets who installs the package.
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('what the README points to is in the package', () => {
  const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] }
  const readme = readFileSync('README.md', 'utf8')
  const links = [...readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!)
  const named = [...readme.matchAll(/(?:examples|lab|docs)\/[\w./-]+\.\w+/g)].map(([path]) => path)
  const all = [...new Set([...links, ...named])].filter((path) => !path.startsWith('test-results'))
  expect(all).toEqual(
    expect.arrayContaining(['docs/testing.md', 'examples/rollout.test.ts', 'examples/cilium/bgp.yaml']),
  )
  expect(all.filter((path) => !existsSync(path))).toEqual([])
  expect(all.filter((path) => !files.some((of) => path === of || path.startsWith(`${of}/`)))).toEqual([])
})
