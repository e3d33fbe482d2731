// What failed, read from the runners' JSON reports, so that it stands again at the end of a long log. Plain Node >= 18.

import { stripVTControlCharacters } from 'node:util'

/** @typedef {{ name: string, message: string }} Failure */

/** Lines of a message that are repeated; the whole of it stands above, where the test ran. */
const LINES = 8

/** Characters of one of them: a whole task that does not match is one line. */
const LINE = 1_000

/** Of a stack, what the runner and Node do. */
const NOT_OURS = /^\s+at .*(?:\/node_modules\/|\(node:internal\/)/

/** How many failures are repeated with their messages; the others by name. */
const IN_FULL = 10

/**
 * @param {{ testResults: readonly { name: string, status: string, message?: string,
 *   assertionResults: readonly { status: string, fullName: string, failureMessages: readonly string[] }[] }[] } | undefined} report
 *   of vitest; undefined: none was written
 * @param {number} exitCode of vitest
 * @returns {Failure[]}
 */
export function failuresOfVitest(report, exitCode) {
  if (report === undefined) return [{ name: 'vitest', message: `wrote no report and ended with ${exitCode}` }]
  const failures = report.testResults.flatMap((file) => {
    const tests = file.assertionResults.filter(({ status }) => status === 'failed')
    if (file.status === 'failed' && file.assertionResults.length === 0) return [{ name: file.name, message: file.message ?? '' }]
    return tests.map(({ fullName, failureMessages }) => ({ name: `${file.name} › ${fullName}`, message: failureMessages.join('\n') }))
  })
  if (failures.length === 0 && exitCode !== 0) return [{ name: 'vitest', message: 'an error outside any test: see above' }]
  return failures
}

/**
 * @typedef {{ title: string, file?: string, suites?: readonly PlaywrightSuite[], specs?: readonly { title: string, file: string, line: number,
 *   tests: readonly { status: string, results: readonly { errors?: readonly { message?: string }[] }[] }[] }[] }} PlaywrightSuite
 */

/**
 * @param {{ suites: readonly PlaywrightSuite[], errors: readonly { message?: string }[] } | undefined} report of Playwright
 * @param {number} exitCode of Playwright
 * @returns {Failure[]}
 */
export function failuresOfPlaywright(report, exitCode) {
  if (report === undefined) return [{ name: 'Playwright', message: `wrote no report and ended with ${exitCode}` }]
  /** @param {PlaywrightSuite} suite @returns {Failure[]} */
  const within = ({ suites = [], specs = [] }) => [
    ...specs.flatMap(({ title, file, line, tests }) =>
      tests
        .filter(({ status }) => status === 'unexpected' || status === 'flaky')
        .map(({ results }) => ({
          name: `${file}:${line} › ${title}`,
          message: results.flatMap(({ errors = [] }) => errors.map(({ message = '' }) => message)).join('\n'),
        })),
    ),
    ...suites.flatMap(within),
  ]
  const failures = [...report.suites.flatMap(within), ...report.errors.map(({ message = '' }) => ({ name: 'Playwright', message }))]
  if (failures.length === 0 && exitCode !== 0) return [{ name: 'Playwright', message: 'an error outside any test: see above' }]
  return failures
}

/**
 * @param {readonly Failure[]} failures
 * @param {string} root what file names need not begin with
 * @returns {string[]} lines for the end of the log
 */
export function describeFailures(failures, root) {
  const folder = root.endsWith('/') ? root : `${root}/`
  return failures.flatMap(({ name, message }, index) => {
    const lines = index < IN_FULL ? stripVTControlCharacters(message).split('\n') : []
    const kept = lines.filter((line) => line.trim() !== '' && !NOT_OURS.test(line)).slice(0, LINES)
    return [`failed: ${name.replace(folder, '')}`, ...kept.map((line) => `    ${line.replace(folder, '').slice(0, LINE)}`)]
  })
}
