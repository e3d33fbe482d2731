import { type ComponentType, createElement, type FunctionComponent, lazy } from 'react'

/** A screen whose code is loaded when it is first shown, or by `preload`. */
export interface LazyScreen extends FunctionComponent {
  readonly preload: () => Promise<unknown>
}

const AGAIN_MS = 500

/** `lazyScreen(async () => (await import('./events-page.tsx')).EventsPage)` */
export function lazyScreen(load: () => Promise<ComponentType>): LazyScreen {
  const Screen = lazy(async () => ({ default: await twice(load) }))
  return Object.assign(() => createElement(Screen), { preload: load })
}

/** A laptop that changes its network breaks off what is being loaded, even from itself: that is over a moment later. */
async function twice<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    return load()
  }
}
