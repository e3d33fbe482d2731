import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useEffect, useMemo } from 'react'
import { RouterProvider } from 'react-router'
import { type Api, ApiContext, type EngineLink, useEngineLinkState } from '../lib/api/index.ts'
import { I18nProvider, resolveLanguage } from '../lib/i18n/index.ts'
import { type Live, LiveContext } from '../lib/live/index.ts'
import { SessionProvider, useSession } from '../lib/session/index.ts'
import { createRouter } from './routes.tsx'
import { useTheme } from './use-theme.ts'

export interface AppProps {
  readonly link: EngineLink
  readonly api: Api
  readonly live: Live
  readonly queries: QueryClient
}

export function App({ link, api, live, queries }: AppProps) {
  const context = useMemo(() => ({ api, link }), [api, link])
  return (
    <ApiContext.Provider value={context}>
      <QueryClientProvider client={queries}>
        <LiveContext.Provider value={live}>
          <RefetchOnReturn queries={queries} />
          <SessionProvider>
            <Appearance>
              <Routes />
            </Appearance>
          </SessionProvider>
        </LiveContext.Provider>
      </QueryClientProvider>
    </ApiContext.Provider>
  )
}

function Routes() {
  const router = useMemo(() => createRouter(), [])
  return <RouterProvider router={router} />
}

function Appearance({ children }: { readonly children: ReactNode }) {
  const { settings } = useSession()
  useTheme(settings)
  return <I18nProvider language={resolveLanguage(settings.language, navigator.languages)}>{children}</I18nProvider>
}

/** When the engine is back, every cached answer may be old. */
function RefetchOnReturn({ queries }: { readonly queries: QueryClient }) {
  const { state } = useEngineLinkState()
  useEffect(() => {
    if (state === 'open') void queries.invalidateQueries()
  }, [state, queries])
  return null
}
