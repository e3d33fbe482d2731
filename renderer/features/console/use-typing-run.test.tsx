import { act, render } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { I18nProvider } from '../../lib/i18n/index.ts'
import { type TypingRun, useTypingRun } from './use-typing-run.tsx'
import type { KeyStroke } from './vnc-screen.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const press = (keysym: number): readonly KeyStroke[] => [{ keysym, code: 'KeyA', down: true }]

test('a character each, at the speed that was chosen, until all are typed or it is stopped', () => {
  const sent: number[] = []
  const held: { run?: TypingRun } = {}
  function Typing() {
    held.run = useTypingRun(({ keysym }) => void sent.push(keysym))
    return <>{held.run.note}</>
  }
  const { container } = render(
    <I18nProvider language="en">
      <Typing />
    </I18nProvider>,
  )
  act(() => held.run?.start([press(1), press(2), press(3)], 400))
  act(() => void vi.advanceTimersByTime(399))
  expect(sent).toEqual([])
  act(() => void vi.advanceTimersByTime(401))
  expect(sent).toEqual([1, 2])
  expect(container).toHaveTextContent('Typing 2 of 3')
  act(() => void vi.advanceTimersByTime(400))
  expect([sent, container.textContent]).toEqual([[1, 2, 3], ''])
  act(() => held.run?.start([press(4), press(5)], 25))
  act(() => void vi.advanceTimersByTime(25))
  act(() => held.run?.stop())
  act(() => void vi.advanceTimersByTime(1_000))
  expect(sent).toEqual([1, 2, 3, 4])
})
