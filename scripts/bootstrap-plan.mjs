// The decisions of bootstrap.mjs, without doing anything: what is needed, and what to say. Plain Node >= 18.

/** The oldest Node the product runs on (better-sqlite3 crashes Node 20). */
export const OLDEST_NODE = '22.12.0'
/** The oldest Node that can run the bootstrap itself. */
export const OLDEST_BOOTSTRAP_NODE = '18.0.0'

/**
 * @param {string} a a version such as v24.21.0
 * @param {string} b
 * @returns {boolean} whether a >= b
 */
export function isAtLeast(a, b) {
  const parse = (/** @type {string} */ text) => text.replace(/^v/, '').split('.').map(Number)
  const left = parse(a)
  const right = parse(b)
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

/**
 * Whether `npm ci` has to run.
 * @param {{ modules: boolean, stamp: string | undefined, lock: string, hiddenLockIsNewer: boolean }} state
 *   stamp: the lockfile's hash at the last installation of ours; hiddenLockIsNewer: somebody ran npm by hand after the lockfile changed
 * @returns {string | undefined} why, or undefined
 */
export function installReason({ modules, stamp, lock, hiddenLockIsNewer }) {
  if (!modules) return 'node_modules is missing'
  if (stamp === lock) return undefined
  if (hiddenLockIsNewer) return undefined
  return 'package-lock.json has changed'
}

/**
 * Which Node runs the product.
 * @param {{ local: { path: string, version: string } | undefined, own: { path: string, version: string } }} found
 *   local: the one from node_modules; own: the one that runs the bootstrap
 * @returns {{ path: string, note?: string } | { error: string }}
 */
export function pickNode({ local, own }) {
  if (local !== undefined && isAtLeast(local.version, OLDEST_NODE)) return { path: local.path }
  const missing = local === undefined ? 'The Node of node_modules is missing' : `The Node of node_modules is ${local.version}`
  if (isAtLeast(own.version, OLDEST_NODE)) return { path: own.path, note: `${missing}: running on ${own.path} ${own.version} instead.` }
  return {
    error: `${missing}, and ${own.path} is ${own.version}: Node ${OLDEST_NODE} or newer is needed. "npm rebuild node" fetches it (install scripts must be allowed).`,
  }
}

/**
 * Whether the bundles have to be built.
 * @param {{ stamp: string | undefined, sources: string, missingOutput: string | undefined }} state
 * @returns {string | undefined} why, or undefined
 */
export function buildReason({ stamp, sources, missingOutput }) {
  if (stamp === undefined) return 'not built yet'
  if (missingOutput !== undefined) return `${missingOutput} is missing`
  if (stamp !== sources) return 'the sources have changed'
  return undefined
}

/**
 * Desktop or browser. The reason is one line for the user.
 * @param {{ platform: string, root: boolean, env: Readonly<Record<string, string | undefined>>, electron: string | undefined }} machine
 *   electron: the path of a usable binary
 * @returns {{ face: 'desktop', electron: string } | { face: 'browser', reason: string, downloadWouldHelp: boolean }}
 */
export function chooseFace({ platform, root, env, electron }) {
  const graphical = platform === 'darwin' || platform === 'win32' || Boolean(env['DISPLAY']) || Boolean(env['WAYLAND_DISPLAY'])
  if (!graphical) {
    return { face: 'browser', reason: 'there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)', downloadWouldHelp: false }
  }
  if (platform === 'linux' && root) {
    return { face: 'browser', reason: "Electron's sandbox does not start as root", downloadWouldHelp: false }
  }
  if (electron === undefined) return { face: 'browser', reason: 'the Electron binary could not be had', downloadWouldHelp: true }
  return { face: 'desktop', electron }
}

/**
 * The last line of `npm test` and the exit code.
 * @param {readonly { passed: number, failed: number, skipped: number }[]} suites
 * @param {boolean} ci with CI=true nothing may be skipped
 */
export function summarise(suites, ci) {
  const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ key) => suites.reduce((total, suite) => total + suite[key], 0)
  const [passed, failed, skipped] = [sum('passed'), sum('failed'), sum('skipped')]
  return { line: `${passed} passed, ${failed} failed, ${skipped} skipped`, exitCode: failed > 0 || (ci && skipped > 0) ? 1 : 0 }
}

/**
 * Counts from vitest's JSON report. A file that could not even be read counts as one failure.
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: readonly { status: string, assertionResults: readonly unknown[] }[] } | undefined} report undefined: none was written
 * @param {number} exitCode of vitest
 */
export function countVitest(report, exitCode) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const unreadable = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  let failed = report.numFailedTests + unreadable
  // An error outside any test fails the run, too.
  if (failed === 0 && exitCode !== 0) failed = 1
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests }
}

/**
 * Counts from Playwright's JSON report. Flaky is failed.
 * @param {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, errors: readonly unknown[] } | undefined} report
 * @param {number} exitCode of Playwright
 */
export function countPlaywright(report, exitCode) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const { expected, unexpected, flaky, skipped } = report.stats
  let failed = unexpected + flaky + report.errors.length
  if (failed === 0 && exitCode !== 0) failed = 1
  return { passed: expected, failed, skipped }
}
