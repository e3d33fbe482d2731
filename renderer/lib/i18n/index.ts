export { type Language, type MessageKey, resolveLanguage, type Translate } from './catalogue.ts'
export { Formatter } from './format.ts'
export { type I18n, I18nProvider, useI18n, useT } from './i18n.tsx'
export { compareNames } from './names.ts'
