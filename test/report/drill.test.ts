import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DRILLS } from '../../src/drill/table.ts'
import { drillJunit, drillTable, drillText } from '../../src/report/drill.ts'
import { simulate } from '../support/drill-run.ts'

const PLAIN = { colour: false, headers: true }

test('the catalogue has a line for every drill, with what it needs', () => {
  const lines = drillTable(DRILLS, PLAIN).trimEnd().split('\n')
  expect(lines).toHaveLength(DRILLS.length + 1)
  expect(lines[3]).toMatch(/^S03 +restart-agent +GR on +15 s +restarts one agent/)
  expect(lines.find((line) => line.startsWith('S14'))).toContain('root')
})

test('a result tells steps, bars with their source, margins, verdict; the same bar of several nodes once', async () => {
  const text = drillText(await simulate('S04'), PLAIN)
  expect(text).toContain('S04 rolling-restart')
  expect(text).toMatch(/^ {2}1 {2}\d\d:\d\d:\d\d\.\d{3} .* everything is as it should be$/m)
  expect(text).toMatch(/^ {2}pass {2}no route is withdrawn {2}master1, master2, node01$/m)
  expect(text).toContain('[RFC 4724 §4.2; S03]')
  expect(text).toMatch(/restart of node01 took \d\.\d\d s of 60\.00 s, 9\d % left/)
  expect(text).toMatch(/^verdict {2}pass/m)
})

test('a failed bar shows what was expected and seen, and the events that show it', async () => {
  const text = drillText(await simulate('S03', { faults: ['wrong-farewell'] }), PLAIN)
  expect(text).toMatch(
    /^ {2}fail {2}the agent goes without a NOTIFICATION {2}node01\n.*expected FIN or RST alone; observed NOTIFICATION 6\/9.*events \d+/m,
  )
  expect(text).toMatch(/^verdict {2}fail/m)
})

test('JUnit: a case a bar, failures with both sides', async () => {
  const good = drillJunit(await simulate('S03'))
  expect(good).toContain('<testsuite name="routewitness drill S03 restart-agent" tests="10" failures="0">')
  const bad = drillJunit(await simulate('S03', { faults: ['wrong-farewell'] }))
  expect(bad).toMatch(/<failure type="bar" message="expected FIN or RST alone; observed NOTIFICATION 6\/9">/)
})

test('a drill that was interrupted is no green suite, whatever it had seen until then', async () => {
  const cut = { ...(await simulate('S03')), verdict: 'skip', why: 'interrupted in step "x"' } as const
  expect(drillJunit(cut)).toContain('<failure type="skip" message="interrupted in step &quot;x&quot;">')
})

test('the documentation lists every drill as it is', () => {
  const text = readFileSync('docs/drills.md', 'utf8').replaceAll(/ +/g, ' ')
  for (const { id, name, does } of DRILLS) expect(text).toContain(`| ${id} | \`${name}\` | ${does} |`)
})
