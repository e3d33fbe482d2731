import { describe, expect, test } from 'vitest'
import { buildReason, chooseFace, countPlaywright, countVitest, installReason, isAtLeast, pickNode, summarise } from './bootstrap-plan.mjs'

describe('versions', () => {
  test.each([
    ['v24.21.0', '22.12.0', true],
    ['v22.12.0', '22.12.0', true],
    ['v22.11.9', '22.12.0', false],
    ['v20.19.0', '22.12.0', false],
  ])('%s against %s', (version, oldest, enough) => {
    expect(isAtLeast(version, oldest)).toBe(enough)
  })
})

describe('installing', () => {
  const state = { modules: true, stamp: 'a', lock: 'a', hiddenLockIsNewer: false }

  test('a fresh clone installs', () => {
    expect(installReason({ ...state, modules: false, stamp: undefined })).toBe('node_modules is missing')
  })
  test('a changed lockfile installs', () => {
    expect(installReason({ ...state, lock: 'b' })).toBe('package-lock.json has changed')
    expect(installReason({ ...state, stamp: undefined })).toBe('package-lock.json has changed')
  })
  test('nothing to do, also after npm was run by hand', () => {
    expect(installReason(state)).toBeUndefined()
    expect(installReason({ ...state, stamp: undefined, hiddenLockIsNewer: true })).toBeUndefined()
  })
})

describe('the Node that runs the product', () => {
  const old = { path: '/usr/bin/node', version: 'v20.19.2' }
  const fine = { path: '/opt/node', version: 'v22.20.0' }
  const local = { path: 'node_modules/.bin/node', version: 'v24.21.0' }

  test('is the one of node_modules, without a word', () => {
    expect(pickNode({ local, own: old })).toEqual({ path: local.path })
  })
  test('is our own where that one is missing or too old, and it is said', () => {
    expect(pickNode({ local: undefined, own: fine })).toEqual({
      path: fine.path,
      note: expect.stringContaining('running on /opt/node v22.20.0'),
    })
    expect(pickNode({ local: { ...local, version: 'v20.19.2' }, own: fine })).toMatchObject({ note: expect.stringContaining('v20.19.2') })
  })
  test('is never an old one', () => {
    expect(pickNode({ local: undefined, own: old })).toEqual({ error: expect.stringContaining('Node 22.12.0 or newer') })
  })
})

test('building: missing, incomplete, stale, fresh', () => {
  const state = { stamp: 'a', sources: 'a', missingOutput: undefined }
  expect(buildReason({ ...state, stamp: undefined })).toBe('not built yet')
  expect(buildReason({ ...state, missingOutput: 'out/cli/index.js' })).toBe('out/cli/index.js is missing')
  expect(buildReason({ ...state, sources: 'b' })).toBe('the sources have changed')
  expect(buildReason(state)).toBeUndefined()
})

describe('desktop or browser', () => {
  const machine = { platform: 'linux', root: false, env: { DISPLAY: ':0' }, electron: '/dist/electron' }

  test('a display and a binary make a desktop', () => {
    expect(chooseFace(machine)).toEqual({ face: 'desktop', electron: '/dist/electron' })
    expect(chooseFace({ ...machine, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toMatchObject({ face: 'desktop' })
    expect(chooseFace({ ...machine, platform: 'darwin', env: {}, root: true })).toMatchObject({ face: 'desktop' })
  })
  test('without a display', () => {
    expect(chooseFace({ ...machine, env: { DISPLAY: '' } })).toMatchObject({
      reason: expect.stringContaining('no display'),
      downloadWouldHelp: false,
    })
  })
  test('as root', () => {
    expect(chooseFace({ ...machine, root: true })).toMatchObject({ reason: expect.stringContaining('root'), downloadWouldHelp: false })
  })
  test('without a binary', () => {
    expect(chooseFace({ ...machine, electron: undefined })).toMatchObject({ face: 'browser', downloadWouldHelp: true })
  })
})

describe('adding up', () => {
  test('the last line and the exit code', () => {
    const suites = [
      { passed: 4, failed: 0, skipped: 0 },
      { passed: 100, failed: 0, skipped: 2 },
    ]
    expect(summarise(suites, false)).toEqual({ line: '104 passed, 0 failed, 2 skipped', exitCode: 0 })
    expect(summarise(suites, true).exitCode).toBe(1)
    expect(summarise([...suites, { passed: 0, failed: 1, skipped: 0 }], false)).toEqual({
      line: '104 passed, 1 failed, 2 skipped',
      exitCode: 1,
    })
  })
  test('vitest: a file that cannot be read, an error outside tests and a missing report are failures', () => {
    const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1, testResults: [] }
    expect(countVitest(report, 0)).toEqual({ passed: 3, failed: 0, skipped: 2 })
    expect(countVitest({ ...report, testResults: [{ status: 'failed', assertionResults: [] }] }, 1).failed).toBe(1)
    expect(countVitest(report, 1).failed).toBe(1)
    expect(countVitest(undefined, 1).failed).toBe(1)
  })
  test('Playwright: flaky is failed', () => {
    const stats = { expected: 5, unexpected: 1, flaky: 1, skipped: 2 }
    expect(countPlaywright({ stats, errors: [] }, 1)).toEqual({ passed: 5, failed: 2, skipped: 2 })
    expect(countPlaywright({ stats: { ...stats, unexpected: 0, flaky: 0 }, errors: [{}] }, 1).failed).toBe(1)
    expect(countPlaywright(undefined, 1).failed).toBe(1)
  })
})
