import { expect, test } from 'vitest'
import { makeTask } from './testing/task.ts'
import { trayTemplate } from './tray-menu.ts'
import { wordsFor } from './words.ts'

const opened: (string | null)[] = []
const actions = { open: (path: string | null) => void opened.push(path), quit: () => {} }
const labels = (count: number) =>
  trayTemplate(
    Array.from({ length: count }, (_, n) => makeTask({ id: `t${n}`, target: { entity: 'machine', id: 'm', name: `web-${n}` } })),
    wordsFor('en'),
    actions,
  ).map((item) => item.label ?? item.type)

test('at rest there is the console and the way out', () => {
  expect(labels(0)).toEqual(['Open NovaCron', 'Quit NovaCron'])
})

test('running tasks come first, eight of them, then how many more', () => {
  expect(labels(2)).toEqual(['Start web-0: 42 %', 'Start web-1: 42 %', 'separator', 'Open NovaCron', 'Quit NovaCron'])
  expect(labels(11)).toHaveLength(12)
  expect(labels(11)[8]).toBe('3 more tasks')
})

test('a bulk says how many, and each line leads to its task', () => {
  const children = { total: 12, succeeded: 3, failed: 0, cancelled: 0, running: 4 }
  const [line] = trayTemplate([makeTask({ target: null, children })], wordsFor('de'), actions)
  expect(line?.label).toMatch(/ 12 Maschinen: 42 %$/)
  line?.click?.({} as never, undefined, {})
  expect(opened).toEqual(['/tasks?task=t1'])
})
