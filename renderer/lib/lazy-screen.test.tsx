import { render, screen } from '@testing-library/react'
import { createElement, Suspense } from 'react'
import { expect, test } from 'vitest'
import { lazyScreen } from './lazy-screen.ts'

test('a load that was broken off is tried once more before the screen fails', async () => {
  let tries = 0
  const Screen = lazyScreen(() => {
    tries += 1
    return tries === 1 ? Promise.reject(new TypeError('Failed to fetch')) : Promise.resolve(() => createElement('p', null, 'here'))
  })
  render(createElement(Suspense, { fallback: null }, createElement(Screen)))
  expect(await screen.findByText('here')).toBeVisible()
  expect(tries).toBe(2)
})
