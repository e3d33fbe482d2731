import { expect, test, vi } from 'vitest'
import { AppError } from '../../shared/errors/index.ts'
import { type EngineStartOptions, openWithWayOut } from './engine-start.ts'

const taken = new AppError({ kind: 'conflict', code: 'instance.running', message: 'A NovaCron (process 7) already uses this folder.' })

function options(...choices: ('again' | 'folder' | 'quit')[]) {
  const ask = vi.fn<EngineStartOptions['ask']>(async () => choices.shift() ?? 'quit')
  return { ask, openFolder: vi.fn<() => void>() }
}

test('an engine that opens asks nothing', async () => {
  const way = options()
  expect(await openWithWayOut(async () => 'engine', way)).toBe('engine')
  expect(way.ask).not.toHaveBeenCalled()
})

test('the cause is named, with its code; another try may help', async () => {
  const way = options('again')
  const open = vi.fn<() => Promise<string>>().mockRejectedValueOnce(taken).mockResolvedValueOnce('engine')
  expect(await openWithWayOut(open, way)).toBe('engine')
  expect(way.ask.mock.calls).toEqual([['A NovaCron (process 7) already uses this folder.\n(instance.running)']])
})

test('looking at the folder decides nothing', async () => {
  const way = options('folder', 'folder', 'quit')
  const open = vi.fn<() => Promise<string>>().mockRejectedValue(new Error('disk'))
  expect(await openWithWayOut(open, way)).toBeNull()
  expect(open).toHaveBeenCalledOnce()
  expect(way.openFolder).toHaveBeenCalledTimes(2)
  expect(way.ask.mock.calls[0]?.[0]).toContain('disk')
})
