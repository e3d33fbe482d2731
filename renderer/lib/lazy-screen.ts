import { type ComponentType, createElement, type FunctionComponent, lazy } from 'react'

/** A screen whose code is loaded when it is first shown, or by `preload`. */
export interface LazyScreen extends FunctionComponent {
  readonly preload: () => Promise<unknown>
}

/** `lazyScreen(async () => (await import('./events-page.tsx')).EventsPage)` */
export function lazyScreen(load: () => Promise<ComponentType>): LazyScreen {
  const Screen = lazy(async () => ({ default: await load() }))
  return Object.assign(() => createElement(Screen), { preload: load })
}
