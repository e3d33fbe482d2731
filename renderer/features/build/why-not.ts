import type { I18n } from '../../lib/i18n/index.ts'

export interface Standing {
  readonly missing: readonly { readonly label: string; readonly text: string }[]
  readonly blocked: number
}

/** Why the machines cannot be made now; undefined: they can. */
export function whyNot({ missing, blocked }: Standing, { t }: I18n): string | undefined {
  const [first] = missing
  if (first)
    return missing.length === 1
      ? `${first.label}: ${first.text}`
      : t('build.why.missing', { count: missing.length, first: `${first.label}: ${first.text}` })
  if (blocked > 0) return t('build.why.blocked', { count: blocked })
  return undefined
}
