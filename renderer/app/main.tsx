import '@patternfly/react-core/dist/styles/base.css'
import '../ui/theme.css'
import '../ui/base.css'
import '../ui/pieces.css'
import '../ui/patternfly.css'
import '../ui/dialogs.css'
import './shell.css'
import './side.css'
import './task-strip.css'
import './palette.css'
import './narrow.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { z } from 'zod'
import { createApi, createQueryClient, openEngineLink } from '../lib/api/index.ts'
import { createLive, until } from '../lib/live/index.ts'
import { App } from './app.tsx'
import { preloadScreens } from './features.ts'
import { mendStyleSheets } from './style-sheets.ts'

// The content security policy forbids code from strings; the schema library would try it first.
z.config({ jitless: true })

mendStyleSheets()
const root = document.getElementById('root')
if (root) {
  const link = openEngineLink()
  const api = createApi(link)
  const live = createLive(api, link)
  createRoot(root).render(
    <StrictMode>
      <App link={link} api={api} live={live} queries={createQueryClient()} />
    </StrictMode>,
  )
  // The first screen's rows come first. What cannot be loaded now is loaded when it is opened.
  void until(live.store, () => live.store.phase === 'ready').then(() =>
    requestIdleCallback(() => {
      preloadScreens().catch(() => {})
    }),
  )
}
