import { act, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useNowMs, useTicking } from './ticker.ts'

beforeEach(() => void vi.useFakeTimers({ now: 100_000 }))
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function Clock() {
  const text = useTicking((nowMs) => `${nowMs / 1_000} s`)
  return (
    <p>
      {text}, {useNowMs() / 1_000}
    </p>
  )
}

test('ages move together, once a second', async () => {
  render(<Clock />)
  expect(screen.getByText('100 s, 100')).toBeVisible()
  await act(() => vi.advanceTimersByTimeAsync(999))
  expect(screen.getByText('100 s, 100')).toBeVisible()
  await act(() => vi.advanceTimersByTimeAsync(1))
  expect(screen.getByText('101 s, 101')).toBeVisible()
})

test('one that comes between two ticks is in the same second as the others, and the first after a rest in its own', async () => {
  const first = render(<Clock />)
  await act(() => vi.advanceTimersByTimeAsync(500))
  const second = render(<Clock />)
  expect(screen.getAllByText('100 s, 100')).toHaveLength(2)
  first.unmount()
  second.unmount()
  vi.advanceTimersByTime(5_000)
  render(<Clock />)
  expect(screen.getByText('105.5 s, 105')).toBeVisible()
})

test('a page that takes longer than a second to render comes to its end', () => {
  let nowMs = 200_000
  vi.spyOn(Date, 'now').mockImplementation(() => (nowMs += 2_000))
  render(<Clock />)
  expect(screen.getByText(/^\d+ s, \d+$/)).toBeVisible()
})
