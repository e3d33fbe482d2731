import type { DrainItem, DrainPlan, MigrationFinding } from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'

/** Machines that are named one by one; of more it is said how many. */
export const NAMED = 12

/** "4 s–9 s"; one figure where both are the same. */
export function spanOf({ low, high }: { readonly low: number; readonly high: number }, { format, t }: I18n): string {
  const [from, to] = [format.span(Math.max(1_000, low)), format.span(Math.max(1_000, high))]
  return from === to ? from : t('maintenance.span', { from, to })
}

/** What a person should read of the findings: what blocks first. */
export function tellingOf(findings: readonly MigrationFinding[]): readonly MigrationFinding[] {
  const of = (severity: MigrationFinding['severity']) => findings.filter((one) => one.severity === severity)
  return [...of('blocks'), ...of('warns')]
}

export function countOf({ items }: Pick<DrainPlan, 'items'>, what: DrainItem['what']): number {
  return items.filter((item) => item.what === what).length
}

/** "3 move, 1 stays and runs on, 2 are off. All moves: 12 s–40 s." */
export function summaryOf(plan: DrainPlan, i18n: I18n): string {
  const { t } = i18n
  const parts = (['move', 'shut-down', 'stays', 'off'] as const).flatMap((what) => {
    const count = countOf(plan, what)
    return count === 0 ? [] : [t(`maintenance.count.${what}`, { count })]
  })
  if (parts.length === 0) return t('maintenance.nothing-here')
  const total = plan.totalMs === null ? '' : ` ${t('maintenance.total', { span: spanOf(plan.totalMs, i18n) })}`
  return `${parts.join(', ')}.${total}`
}
