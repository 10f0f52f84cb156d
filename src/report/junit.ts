// A verdict as JUnit XML: one test case a finding, and one for "the announced routes match" when there is none.
import type { Verdict } from '../core/check/finding.ts'

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

// Control characters are not allowed in XML 1.0 at all.
// oxlint-disable-next-line no-control-regex
const escape = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '?')
    .replace(/[&<>"']/g, (found) => ESCAPES[found]!)

/** JUnit XML of a verdict. Errors are failures; warnings pass and say so in their output. */
export function junit(verdict: Verdict): string {
  const cases = verdict.findings.map((finding) => {
    const name = escape(
      [finding.code, finding.node, finding.prefix].filter((part) => part !== undefined).join(' '),
    )
    const text = escape(
      [finding.summary, finding.cause, finding.impact, finding.remedy]
        .filter((part) => part !== undefined)
        .join('\n'),
    )
    const body =
      finding.severity === 'error'
        ? `<failure type="${finding.code}" message="${escape(finding.summary)}">${text}</failure>`
        : `<system-out>${text}</system-out>`
    return `    <testcase classname="routewitness.${finding.code}" name="${name}">${body}</testcase>`
  })
  const failures = verdict.findings.filter((finding) => finding.severity === 'error').length
  if (failures === 0)
    cases.unshift('    <testcase classname="routewitness" name="announced routes match the cluster"/>')
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${cases.length}" failures="${failures}">`,
    `  <testsuite name="routewitness check" tests="${cases.length}" failures="${failures}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}
