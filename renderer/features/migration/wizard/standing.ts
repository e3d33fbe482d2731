import type { Machine, MigrationTarget } from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'
import { type WhenChoice, whenOf, whenWords, whyNotWhen } from '../plans/when.ts'
import type { FrameStep } from './frame.tsx'
import type { Looked } from './queries.ts'
import { STEPS, type StepId, type Wish } from './wish.ts'
import { countsOf } from './words.ts'

/** Everything that decides what may be done next. */
export interface Standing {
  readonly wish: Wish
  readonly machines: readonly Machine[]
  readonly target: MigrationTarget | null
  readonly looked: readonly Looked[]
  /** Fields that hold what is not right, in words. */
  readonly invalid: readonly string[]
  readonly acceptsWarnings: boolean
  readonly nowMs: number
  /** Why the plan that was opened cannot be saved over; undefined: it can, or none was opened. */
  readonly whyNotOver: string | undefined
}

export function totalOf(looked: readonly Looked[]): { readonly blocks: number; readonly warns: number; readonly failed: number } {
  const counts = looked.map(({ preflight }) => countsOf(preflight?.findings))
  return {
    blocks: counts.reduce((sum, { blocks }) => sum + blocks, 0),
    warns: counts.reduce((sum, { warns }) => sum + warns, 0),
    failed: looked.filter(({ error, pending }) => error !== null && !pending).length,
  }
}

function whyTarget({ target }: Standing, { t, reason }: I18n): string | undefined {
  if (!target) return t('migrate.why.target')
  return target.reason ? reason(target.reason) : undefined
}

function whyPreflight(standing: Standing, i18n: I18n): string | undefined {
  const { t } = i18n
  const noTarget = whyTarget(standing, i18n)
  // what stands in the way now need not then
  if (noTarget !== undefined || isPlan(standing)) return noTarget
  const { blocks, failed } = totalOf(standing.looked)
  if (standing.looked.some(({ pending }) => pending)) return t('migrate.why.checking')
  if (failed > 0) return t('migrate.why.unread', { count: failed })
  return blocks > 0 ? t('migrate.why.blocked', { count: blocks }) : undefined
}

/** For later. */
export function isPlan({ wish }: Pick<Standing, 'wish'>): boolean {
  return wish.when.kind !== 'now' || wish.plan !== null
}

/** Why it does not go on from a part; undefined: it does. */
export function whyNot(step: StepId, standing: Standing, i18n: I18n): string | undefined {
  if (step === 'target') return whyTarget(standing, i18n)
  if (step === 'preflight') return whyPreflight(standing, i18n)
  const { wish, invalid, looked, acceptsWarnings, nowMs } = standing
  const before = invalid[0] ?? whyPreflight(standing, i18n)
  const isTimed = step === 'when' || step === 'review'
  const why = before ?? (isTimed ? whyNotWhen(wish.when, nowMs, i18n) : undefined) ?? (step === 'review' ? standing.whyNotOver : undefined)
  if (step !== 'review' || why !== undefined || isPlan(standing)) return why
  const { warns } = totalOf(looked)
  return warns > 0 && !acceptsWarnings ? i18n.t('migrate.why.warned', { count: warns }) : undefined
}

/** Why it cannot be kept for later. Undefined: it can, or has to be told when first. */
export function whyNotPlan(standing: Standing, i18n: I18n): string | undefined {
  return whyTarget(standing, i18n) ?? standing.invalid[0] ?? standing.whyNotOver
}

export function railOf(standing: Standing, i18n: I18n): readonly FrameStep<StepId>[] {
  const { t } = i18n
  const { wish, target, looked, invalid, nowMs } = standing
  const { blocks, warns, failed } = totalOf(looked)
  const at = STEPS.indexOf(wish.step)
  const isChecking = looked.some(({ pending }) => pending)
  const specs = looked.flatMap(({ preflight }) => preflight?.spec ?? [])
  const disks = specs.reduce((sum, spec) => sum + spec.disks.length, 0)
  const nics = specs.reduce((sum, spec) => sum + spec.nics.length, 0)
  const summaries: Readonly<Record<StepId, string>> = {
    target: target?.name ?? t('migrate.rail.no-target'),
    preflight: !target
      ? ''
      : isChecking
        ? t('migrate.rail.checking')
        : failed > 0
          ? t('migrate.rail.unread')
          : blocks + warns === 0
            ? t('migrate.rail.clear')
            : t('migrate.rail.findings', { blocks, warns }),
    places: specs.length === 0 ? '' : t('migrate.rail.places', { disks, nics }),
    how: t(`migrate.rail.how.${wish.how.mode}`),
    when: whenSummary(wish.when, i18n),
    review: '',
  }
  return STEPS.map((id, index) => {
    const isWrong =
      (id === 'preflight' && target !== null && !isChecking && blocks + failed > 0) ||
      (id === 'how' && invalid.length > 0) ||
      (id === 'when' && whyNotWhen(wish.when, nowMs, i18n) !== undefined)
    return {
      id,
      title: t(`migrate.step.${id}`),
      summary: summaries[id],
      mark: isWrong ? 'wrong' : index < at && target !== null && !(id === 'preflight' && isChecking) ? 'done' : 'plain',
      disabledReason: id !== 'target' && target === null ? t('migrate.why.target') : undefined,
    }
  })
}

function whenSummary(choice: WhenChoice, i18n: I18n): string {
  if (choice.kind === 'now') return i18n.t('migrate.rail.now')
  const when = whenOf(choice)
  return when ? whenWords(when, i18n) : i18n.t('migrate.rail.no-time')
}
