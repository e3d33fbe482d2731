import { useT } from '../lib/i18n/index.ts'

/** Says that a machine is a template: it is never started, others are made from it. */
export function TemplateChip({ template }: { readonly template: { readonly family: string; readonly version: number } }) {
  const t = useT()
  return (
    <span className="tag template-chip num" title={t('template.chip-title', { family: template.family, version: template.version })}>
      {t('template.chip', { version: template.version })}
    </span>
  )
}
