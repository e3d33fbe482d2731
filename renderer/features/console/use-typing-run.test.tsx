import { act, render, renderHook } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { I18nProvider } from '../../lib/i18n/index.ts'
import { useTypingRun } from './use-typing-run.tsx'
import type { KeyStroke } from './vnc-screen.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const press = (keysym: number): readonly KeyStroke[] => [{ keysym, code: 'KeyA', down: true }]

function English({ children }: { readonly children: ReactNode }) {
  return <I18nProvider language="en">{children}</I18nProvider>
}

test('a character each, at the speed that was chosen, until all are typed or it is stopped', () => {
  const sent: number[] = []
  const { result } = renderHook(() => useTypingRun(({ keysym }) => void sent.push(keysym)), { wrapper: English })
  const shown = () => render(<English>{result.current.note}</English>).container.textContent
  act(() => result.current.start([press(1), press(2), press(3)], 400))
  act(() => void vi.advanceTimersByTime(399))
  expect(sent).toEqual([])
  act(() => void vi.advanceTimersByTime(401))
  expect(sent).toEqual([1, 2])
  expect(shown()).toContain('Typing 2 of 3')
  act(() => void vi.advanceTimersByTime(400))
  expect([sent, shown()]).toEqual([[1, 2, 3], ''])
  act(() => result.current.start([press(4), press(5)], 25))
  act(() => void vi.advanceTimersByTime(25))
  act(() => result.current.stop())
  act(() => void vi.advanceTimersByTime(1_000))
  expect(sent).toEqual([1, 2, 3, 4])
})
