import { IntlMessageFormat } from 'intl-messageformat'
import pageDe from '../../resources/locales/de.json' with { type: 'json' }
import pageEn from '../../resources/locales/en.json' with { type: 'json' }
import de from '../../resources/locales/shell.de.json' with { type: 'json' }
import en from '../../resources/locales/shell.en.json' with { type: 'json' }

export type ShellWord = keyof typeof en
export type ShellLanguage = 'en' | 'de'

export interface Words {
  (key: ShellWord, values?: Readonly<Record<string, string | number>>): string
  readonly language: ShellLanguage
  /** What a kind of task is called on the page, such as `machine.powerOff`; the kind itself when it has no name yet. */
  readonly task: (kind: string) => string
}

/** The language of a setting, `system` meaning the system's locale; English where there is no other. */
export function languageFor(setting: 'system' | ShellLanguage, locale: string): ShellLanguage {
  if (setting !== 'system') return setting
  return locale.toLowerCase().split(/[-_]/)[0] === 'de' ? 'de' : 'en'
}

/** The shell's own words: menus, tray, notifications, dialogs. */
export function wordsFor(language: ShellLanguage): Words {
  const catalogue: Record<ShellWord, string> = language === 'de' ? de : en
  const page: Readonly<Record<string, string>> = language === 'de' ? pageDe : pageEn
  const word = (key: ShellWord, values?: Readonly<Record<string, string | number>>): string =>
    String(new IntlMessageFormat(catalogue[key], language).format({ ...values }))
  return Object.assign(word, { language, task: (kind: string) => page[`task.${kind}`] ?? kind })
}
