import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useMemo } from 'react'
import type { Permission } from '../../../shared/contract/index.ts'
import type { AppError } from '../../../shared/errors/index.ts'
import { type Settings, settingsSchema } from '../../../shared/model/index.ts'
import type { Api } from '../api/index.ts'
import { queryKey, useApiCommand, useApiQuery } from '../api/index.ts'

export type SystemInfo = Awaited<ReturnType<Api['system']['info']>>

export interface Session {
  /** Null until the engine has answered. */
  readonly info: SystemInfo | null
  readonly infoError: AppError | null
  readonly settings: Settings
  /** True before the engine has answered: nothing is refused on a guess, the engine checks anyway. */
  readonly may: (permission: Permission) => boolean
  readonly updateSettings: (change: Partial<Settings>) => void
  readonly updateError: AppError | null
}

const SessionContext = createContext<Session | null>(null)
const REMEMBERED = 'novacron.settings'

/** Settings as last seen by this browser: the theme is right before the engine has answered. */
function rememberedSettings(): Settings {
  try {
    return settingsSchema.parse(JSON.parse(localStorage.getItem(REMEMBERED) ?? '{}'))
  } catch {
    // Unreadable or forbidden storage: the defaults serve.
    return settingsSchema.parse({})
  }
}

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient()
  const info = useApiQuery('system.info', {}, (api, signal) => api.system.info({}, { signal }))
  const settings = useApiQuery('system.settings', {}, async (api, signal) => {
    const answer = await api.system.settings({}, { signal })
    try {
      localStorage.setItem(REMEMBERED, JSON.stringify(answer))
    } catch {
      // Private mode: nothing is remembered, nothing is lost.
    }
    return answer
  })
  const update = useApiCommand('system.updateSettings', (api, change: Partial<Settings>) => api.system.updateSettings(change))
  const { mutate, error: updateError } = update
  const value = useMemo<Session>(() => {
    const current = settings.data ?? rememberedSettings()
    const permissions = info.data ? new Set(info.data.permissions) : null
    return {
      info: info.data ?? null,
      infoError: info.error,
      settings: current,
      may: (permission) => permissions?.has(permission) ?? true,
      updateSettings: (change) => {
        queries.setQueryData(queryKey('system.settings'), { ...current, ...change })
        mutate(change)
      },
      updateError,
    }
  }, [info.data, info.error, settings.data, mutate, updateError, queries])
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('no SessionProvider above this component')
  return session
}

/** `const may = usePermissions(); may('machine.operate')` */
export function usePermissions(): Session['may'] {
  return useSession().may
}
