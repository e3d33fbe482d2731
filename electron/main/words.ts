import { IntlMessageFormat } from 'intl-messageformat'
import de from '../../resources/locales/shell.de.json' with { type: 'json' }
import en from '../../resources/locales/shell.en.json' with { type: 'json' }

export type ShellWord = keyof typeof en
export type Words = (key: ShellWord, values?: Readonly<Record<string, string | number>>) => string

/** The shell's own words (menus, tray, notifications) in the system's language, English where there is no other. */
export function wordsFor(locale: string): Words {
  const language = locale.toLowerCase().startsWith('de') ? 'de' : 'en'
  const catalogue: Record<ShellWord, string> = language === 'de' ? de : en
  return (key, values) => String(new IntlMessageFormat(catalogue[key], language).format({ ...values }))
}
