import { expect, test } from 'vitest'
import { gridKey } from './grid-keys.ts'

const press = (key: string, held: Partial<Parameters<typeof gridKey>[0]> = {}) =>
  gridKey({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held })

test('the cursor moves by letters and arrows, and extends with shift', () => {
  expect(press('j')).toEqual({ kind: 'move', by: 1, unit: 'row', extend: false })
  expect(press('K', { shiftKey: true })).toEqual({ kind: 'move', by: -1, unit: 'row', extend: true })
  expect(press('PageUp')).toEqual({ kind: 'move', by: -1, unit: 'page', extend: false })
  expect(press('End')).toEqual({ kind: 'edge', to: 'last', extend: false })
})

test('keys of the browser and of others are left alone', () => {
  expect(press('k', { ctrlKey: true })).toBeNull()
  expect(press('ArrowLeft', { altKey: true })).toBeNull()
  expect(press('/')).toBeNull()
  expect(press('a', { metaKey: true })).toEqual({ kind: 'select-all' })
})
