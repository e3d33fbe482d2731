import { expect, test } from 'vitest'
import { askedWindow, boundsOnMonitor, parseWindowStates, reachableBounds } from './window-state.ts'

const left = { x: 0, y: 0, width: 1_920, height: 1_040 }
const right = { x: 1_920, y: 0, width: 1_280, height: 1_000 }
const window = { x: 100, y: 100, width: 1_440, height: 900 }

test.each([
  ['in the middle of a display', window, true],
  ['on the second display', { ...window, x: 2_000 }, true],
  ['half out on the left', { ...window, x: -1_300 }, true],
  ['less than a title bar’s grip on the left', { ...window, x: -1_400 }, false],
  ['left of everything', { ...window, x: -5_000 }, false],
  ['title bar above the top', { ...window, y: -50 }, false],
  ['title bar below the bottom', { ...window, y: 1_030 }, false],
])('%s', (_name, bounds, reachable) => {
  expect(reachableBounds(bounds, [left, right])).toEqual(reachable ? bounds : null)
})

test('a window of a display that is gone comes back centred', () => {
  expect(reachableBounds({ ...window, x: 3_300 }, [left])).toBeNull()
  expect(reachableBounds(null, [left])).toBeNull()
})

const state = { bounds: window, maximized: false, fullScreen: false, path: '/fleet' }

test('what was written is read', () => {
  expect(parseWindowStates(JSON.stringify([state]))).toEqual([state])
})

test.each([
  ['half a file', '[{"bounds":'],
  ['another shape', '{}'],
  ['a foreign address', JSON.stringify([{ ...state, path: '//evil.example/' }])],
  ['no path', JSON.stringify([{ ...state, path: 'https://evil.example/' }])],
  ['a window of no size', JSON.stringify([{ ...state, bounds: { ...window, width: 0 } }])],
])('%s counts as none', (_name, text) => {
  expect(parseWindowStates(text)).toEqual([])
})

test('a page may name the monitor of a window, and the view does not keep it', () => {
  const path = '/console/c1.m.1?kind=vnc&index=1'
  expect(askedWindow(path)).toEqual({ path, monitor: null })
  expect(askedWindow(`${path}&monitor=1`)).toEqual({ path, monitor: 1 })
  for (const wrong of ['x', '-1', '1.5', '1e9999']) expect(askedWindow(`${path}&monitor=${wrong}`)).toEqual({ path, monitor: null })
})

test('windows that are opened together fill a monitor each; what is more lies beside', () => {
  const size = { width: 1_080, height: 820 }
  expect([0, 1, 2].map((monitor) => boundsOnMonitor(monitor, [left, right], size))).toEqual([left, right, { x: 28, y: 28, ...size }])
  expect([0, 1].map((monitor) => boundsOnMonitor(monitor, [left], size))).toEqual([
    { x: 28, y: 28, ...size },
    { x: 56, y: 56, ...size },
  ])
  expect(boundsOnMonitor(0, [], size)).toBeNull()
})
