/// <reference types="@testing-library/jest-dom/vitest" />
import * as matchers from '@testing-library/jest-dom/matchers'
import { cleanup, configure } from '@testing-library/react'
import { afterEach, expect, vi } from 'vitest'

expect.extend(matchers)
// Deadlines of a busy machine: what is there is found at once all the same.
vi.setConfig({ testTimeout: 120_000 })
configure({ asyncUtilTimeout: 30_000 })

// jsdom lays nothing out: give elements a size, so that the virtualised rows have a window to be in.
Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 600 })
Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 1_200 })
Element.prototype.scrollIntoView = () => {}
Element.prototype.scrollTo = () => {}

globalThis.ResizeObserver = class {
  readonly #callback: ResizeObserverCallback

  constructor(callback: ResizeObserverCallback) {
    this.#callback = callback
  }

  observe(): void {
    this.#callback([], this)
  }

  unobserve(): void {}
  disconnect(): void {}
}

// With the older names of its methods as well: the terminal calls them.
window.matchMedia = (query) => {
  const nothing = () => {}
  const old = { addListener: nothing, removeListener: nothing }
  return { matches: false, media: query, addEventListener: nothing, removeEventListener: nothing, ...old } as unknown as MediaQueryList
}

afterEach(() => {
  cleanup()
  localStorage.clear()
})
