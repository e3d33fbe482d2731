import { render } from '@testing-library/react'
import { App } from '../../app/app.tsx'
import { createApi, createQueryClient } from '../api/index.ts'
import { createLive } from '../live/index.ts'
import type { FakeEngine } from './fake-engine.ts'

/** The whole page at an address, against a fake engine. */
export function renderApp(engine: FakeEngine, path = '/fleet') {
  window.history.replaceState(null, '', path)
  const api = createApi(engine.link)
  const live = createLive(api, engine.link)
  const view = render(<App link={engine.link} api={api} live={live} queries={createQueryClient()} />)
  return { ...view, live }
}
