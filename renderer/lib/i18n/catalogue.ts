import { IntlMessageFormat } from 'intl-messageformat'
import de from '../../../resources/locales/de.json'
import en from '../../../resources/locales/en.json'

export type MessageKey = keyof typeof en
export type Language = 'en' | 'de'
export type MessageParams = Readonly<Record<string, string | number>>
export type Translate = (key: MessageKey, params?: MessageParams) => string

const CATALOGUES: Readonly<Record<Language, Readonly<Record<string, string>>>> = { en, de }

/** The language to show: the chosen one, else the first of the system's that exists here. */
export function resolveLanguage(setting: 'system' | Language, preferred: readonly string[]): Language {
  if (setting !== 'system') return setting
  for (const tag of preferred) {
    if (tag.toLowerCase().startsWith('de')) return 'de'
    if (tag.toLowerCase().startsWith('en')) return 'en'
  }
  return 'en'
}

/** Formats messages of one language; each is parsed once. */
export class Catalogue {
  readonly language: Language
  readonly #formats = new Map<string, IntlMessageFormat>()

  constructor(language: Language) {
    this.language = language
  }

  has(key: string): key is MessageKey {
    return Object.hasOwn(CATALOGUES[this.language], key)
  }

  format(key: string, params?: MessageParams): string {
    const text = CATALOGUES[this.language][key] ?? CATALOGUES.en[key]
    if (text === undefined) return key
    if (!text.includes('{') && !text.includes("'")) return text
    let format = this.#formats.get(key)
    if (!format) {
      format = new IntlMessageFormat(text, this.language, undefined, { ignoreTag: true })
      this.#formats.set(key, format)
    }
    return String(format.format(params))
  }
}
