import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react'
import type { Json, WireError } from '../../../shared/errors/index.ts'
import type { Reason } from '../../../shared/model/index.ts'
import { Catalogue, type Language, type MessageParams, type Translate } from './catalogue.ts'
import { Formatter } from './format.ts'

export interface I18n {
  readonly language: Language
  readonly t: Translate
  readonly format: Formatter
  /** Words a stable code: the catalogue's `<family>.<code>` if it has one, else the English fallback that came along. */
  readonly code: (family: CodeFamily, code: string, fallback: string, params?: Readonly<Record<string, Json>>) => string
  /** A key that may or may not be in the catalogue, such as a field's explanation. */
  readonly optional: (key: string | undefined) => string | null
  /** The same with parameters. */
  readonly wording: (key: string, params: MessageParams) => string | null
  readonly reason: (reason: Reason) => string
  readonly error: (error: Pick<WireError, 'code' | 'message' | 'details'>) => string
}

export type CodeFamily = 'reason' | 'error' | 'event' | 'attention' | 'note' | 'task' | 'step' | 'state' | 'offer' | 'finding' | 'mend'

function createI18n(language: Language): I18n {
  const catalogue = new Catalogue(language)
  const format = new Formatter(language)
  const t: Translate = (key, params) => catalogue.format(key, params)
  /** A message whose parameters are not all there is no message: never a reason for a page to fail. */
  const formatted = (key: string, params?: MessageParams): string | null => {
    try {
      return catalogue.format(key, params)
    } catch {
      return null
    }
  }
  const code: I18n['code'] = (family, name, fallback, params) => {
    const key = `${family}.${name}`
    return (catalogue.has(key) ? formatted(key, flat(params)) : null) ?? fallback
  }
  return {
    language,
    t,
    format,
    code,
    optional: (key) => (key !== undefined && catalogue.has(key) ? formatted(key) : null),
    wording: (key, params) => (catalogue.has(key) ? formatted(key, params) : null),
    reason: (reason) => code('reason', reason.code, reason.text, reason.params),
    // The engine's own English names the very host, path or number: the catalogue only knows the kind of trouble.
    error: (error) => {
      if (language === 'en' && error.message !== '') return error.message
      if (catalogue.has(`error.${error.code}`)) return code('error', error.code, error.message, error.details)
      // what was refused for a reason that also disables a choice
      if (catalogue.has(`reason.${error.code}`)) return code('reason', error.code, error.message, error.details)
      // What a host says in its own words is quoted, not passed off as ours.
      return catalogue.format(error.code.startsWith('libvirt.') ? 'error-family.libvirt' : 'error-family.other', { message: error.message })
    },
  }
}

function flat(params: Readonly<Record<string, Json>> | undefined): MessageParams {
  const out: Record<string, string | number> = {}
  for (const [key, value] of Object.entries(params ?? {})) {
    out[key] = typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)
  }
  return out
}

const I18nContext = createContext<I18n | null>(null)

export function I18nProvider({ language, children }: { readonly language: Language; readonly children: ReactNode }) {
  const value = useMemo(() => createI18n(language), [language])
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return <I18nContext.Provider value={value}>{children}</I18nContext.Provider>
}

export function useI18n(): I18n {
  const value = useContext(I18nContext)
  if (!value) throw new Error('no I18nProvider above this component')
  return value
}

/** `t('fleet.title')`, typed by the keys of resources/locales/en.json. */
export function useT(): Translate {
  return useI18n().t
}
