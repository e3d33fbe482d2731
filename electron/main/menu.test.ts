import type { MenuItemConstructorOptions } from 'electron'
import { expect, test, vi } from 'vitest'
import { contextItems, type MenuActions, menuTemplate } from './menu.ts'
import { wordsFor } from './words.ts'

type Item = MenuItemConstructorOptions

function actions() {
  return {
    newWindow: vi.fn<() => void>(),
    toPage: vi.fn<MenuActions['toPage']>(),
    showLogs: vi.fn<() => void>(),
    quit: vi.fn<() => void>(),
  }
}

function all(items: readonly Item[]): Item[] {
  return items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? all(item.submenu) : [])])
}

const PLATFORMS = ['linux', 'darwin', 'win32'] as const

test.each(PLATFORMS)('on %s every entry has words of its own in both languages', (platform) => {
  const labels = (language: 'en' | 'de') =>
    all(menuTemplate(wordsFor(language), actions(), platform))
      .filter((item) => item.type !== 'separator' && item.role !== 'services')
      .map((item) => item.label ?? '')
  const [english, german] = [labels('en'), labels('de')]
  for (const label of [...english, ...german]) expect(label).not.toBe('')
  expect(german).toHaveLength(english.length)
  // the same in both: names, and nothing else
  expect(english.filter((label, index) => label === german[index])).toEqual(
    platform === 'darwin' ? ['NovaCron', 'Zoom'].filter((name) => english.includes(name)) : [],
  )
})

test.each(PLATFORMS)('on %s quitting and settings are there once, and quitting is ours', (platform) => {
  const doing = actions()
  const items = all(menuTemplate(wordsFor('en'), doing, platform))
  const quit = items.filter((item) => item.accelerator === 'CmdOrCtrl+Q')
  expect(quit).toHaveLength(1)
  expect(items.some((item) => item.role === 'quit')).toBe(false)
  expect(items.filter((item) => item.accelerator === 'CmdOrCtrl+,')).toHaveLength(1)
  quit[0]?.click?.({} as never, undefined, {})
  expect(doing.quit).toHaveBeenCalledOnce()
})

test('no key has two meanings', () => {
  for (const platform of PLATFORMS) {
    const keys = all(menuTemplate(wordsFor('en'), actions(), platform)).flatMap((item) => item.accelerator ?? [])
    expect(new Set(keys).size).toBe(keys.length)
  }
})

test('views and the palette are asked of the page', () => {
  const doing = actions()
  for (const item of all(menuTemplate(wordsFor('en'), doing, 'linux'))) item.click?.({} as never, undefined, {})
  const asked = doing.toPage.mock.calls.map(([event]) => (event.type === 'navigate' ? event.path : event.id))
  expect(new Set(asked)).toEqual(new Set(['/connections', '/connections/add', '/events', '/fleet', '/settings', '/tasks', 'palette']))
  expect(doing.newWindow).toHaveBeenCalledOnce()
  expect(doing.showLogs).toHaveBeenCalledOnce()
})

test('the right mouse button edits text fields, copies what is selected, and else says nothing', () => {
  const words = wordsFor('en')
  expect(contextItems({ isEditable: true, selectionText: '' }, words).map((item) => item.role ?? '-')).toEqual([
    'undo',
    'redo',
    '-',
    'cut',
    'copy',
    'paste',
    '-',
    'selectAll',
  ])
  expect(contextItems({ isEditable: false, selectionText: 'web-01' }, words)).toEqual([{ role: 'copy', label: 'Copy' }])
  expect(contextItems({ isEditable: false, selectionText: '  ' }, words)).toEqual([])
})
