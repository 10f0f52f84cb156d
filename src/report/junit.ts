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

/** One test case. `failure` is what went wrong, `output` what is worth reading all the same. */
export interface JunitCase {
  readonly classname: string
  readonly name: string
  readonly failure?: { readonly type: string; readonly message: string; readonly text: string } | undefined
  readonly output?: string | undefined
  /** Seconds. */
  readonly time?: number | undefined
}

/** JUnit XML of one suite. */
export function junitSuite(name: string, cases: readonly JunitCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length
  const counts = `tests="${cases.length}" failures="${failures}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escape(name)}" ${counts}>`,
    ...cases.map((one) => `    ${caseXml(one)}`),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function caseXml({ classname, name, failure, output, time }: JunitCase): string {
  const spent = time === undefined ? '' : ` time="${time.toFixed(3)}"`
  const open = `<testcase classname="${escape(classname)}" name="${escape(name)}"${spent}`
  const said = output === undefined ? '' : `<system-out>${escape(output)}</system-out>`
  if (failure === undefined) return said === '' ? `${open}/>` : `${open}>${said}</testcase>`
  const { type, message, text } = failure
  return `${open}><failure type="${escape(type)}" message="${escape(message)}">${escape(text)}</failure>${said}</testcase>`
}

/** JUnit XML of a verdict. Errors are failures; warnings pass and say so in their output. */
export function junit(verdict: Verdict): string {
  const cases = verdict.findings.map((finding): JunitCase => {
    const name = [finding.code, finding.node, finding.prefix].filter((part) => part !== undefined).join(' ')
    const text = [finding.summary, finding.cause, finding.impact, finding.remedy]
      .filter((part) => part !== undefined)
      .join('\n')
    const classname = `routewitness.${finding.code}`
    return finding.severity === 'error'
      ? { classname, name, failure: { type: finding.code, message: finding.summary, text } }
      : { classname, name, output: text }
  })
  if (!verdict.findings.some((finding) => finding.severity === 'error'))
    cases.unshift({ classname: 'routewitness', name: 'announced routes match the cluster' })
  return junitSuite('routewitness check', cases)
}
