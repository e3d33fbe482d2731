import {
  type Machine,
  type MigrationFinding,
  migrationSpecSchema,
  type TransferPlan,
  type TransferWayPlan,
} from '../../../../shared/model/index.ts'
import type { I18n } from '../../../lib/i18n/index.ts'
import { countsOf, type FrameStep, type Looked } from '../../migration/index.ts'
import type { Planned, Target } from './queries.ts'
import { STEPS, type StepId, type Wish } from './wish.ts'

/** Everything that decides what may be done next. */
export interface Standing {
  readonly wish: Wish
  readonly machine: Machine
  readonly target: Target | null
  readonly planned: Planned
  readonly way: TransferWayPlan | null
  /** Fields that hold what is not right, in words. */
  readonly invalid: readonly string[]
  readonly acceptsWarnings: boolean
  readonly may: boolean
}

/** The one that was chosen; of a wish that names none, or one that does not lead there, the best. */
export function wayOf({ way }: Wish, plan: TransferPlan | null): TransferWayPlan | null {
  return plan?.ways.find((one) => one.way === way) ?? plan?.ways.find(({ obstacle }) => obstacle === null) ?? plan?.ways[0] ?? null
}

export function warningsOf(way: TransferWayPlan | null): readonly MigrationFinding[] {
  return way?.findings.filter(({ severity }) => severity === 'warns') ?? []
}

/** Its findings, as the list of a pre-flight shows them. */
export function lookedOf(machine: Machine, plan: TransferPlan, way: TransferWayPlan, { error, pending, again }: Planned): Looked {
  const { targetHostId, disks, nics, rename } = plan.spec
  const spec = migrationSpecSchema.parse({ machineId: machine.id, targetHostId, disks, nics, rename, mode: 'cold' })
  const end = ({ hostId, name }: TransferPlan['source']) => ({ hostId, name, memoryFreeKiB: null })
  return {
    id: machine.id,
    preflight: {
      spec,
      findings: way.findings.map((finding) => ({ ...finding, mends: finding.mends.filter(isMendHere) })),
      prediction: null,
      takes: [],
      source: end(plan.source),
      target: end(plan.target),
      checkedAtMs: plan.madeAtMs,
    },
    error,
    pending,
    again,
  }
}

const SETS: ReadonlySet<string> = new Set(['disks', 'nics', 'rename', 'targetHostId'])

/** Of a wish that has neither a mode nor a way of control, what sets these is none. */
function isMendHere({ mend }: MigrationFinding['mends'][number]): boolean {
  return mend.mend !== 'spec' || Object.keys(mend.set).some((key) => SETS.has(key))
}

function whyTarget({ target }: Standing, { t }: I18n): string | undefined {
  if (!target) return t('transfer.why.target')
  return target.isLive ? undefined : t('transfer.target.no-link', { name: target.connection })
}

/** Only what the console does itself is held up: a run-book is of use before everything in it is mended. */
function whyWays(standing: Standing, i18n: I18n): string | undefined {
  const { t } = i18n
  const { planned, way } = standing
  const noTarget = whyTarget(standing, i18n)
  if (noTarget !== undefined) return noTarget
  if (planned.pending) return t('transfer.why.checking')
  if (planned.error) return t('transfer.why.unread')
  if (!way) return t('transfer.no-way')
  if (way.obstacle) return i18n.reason(way.obstacle)
  const { blocks } = countsOf(way.findings)
  return way.done === 'task' && blocks > 0 ? t('migrate.why.blocked', { count: blocks }) : undefined
}

/** Why it does not go on from a part; undefined: it does. */
export function whyNot(step: StepId, standing: Standing, i18n: I18n): string | undefined {
  const { t } = i18n
  if (step === 'target') return whyTarget(standing, i18n)
  const [wrong] = step === 'ways' ? [] : standing.invalid
  const before = wrong ?? whyWays(standing, i18n)
  if (step !== 'review' || before !== undefined || standing.way?.done !== 'task') return before
  if (!standing.may) return t('route.forbidden.text', { permission: 'machine.migrate' })
  const { warns } = countsOf(standing.way.findings)
  return warns > 0 && !standing.acceptsWarnings ? t('migrate.why.warned', { count: warns }) : undefined
}

/** The parts that a way has: what is done elsewhere is chosen there. */
export function stepsOf(way: TransferWayPlan | null): readonly StepId[] {
  return way?.done === 'elsewhere' ? STEPS.filter((id) => id !== 'places') : STEPS
}

export function railOf(standing: Standing, i18n: I18n): readonly FrameStep<StepId>[] {
  const { t } = i18n
  const { wish, machine, target, way, planned, invalid } = standing
  const counts = countsOf(way?.findings)
  const shown = stepsOf(way)
  const at = shown.indexOf(wish.step)
  const { disks = [], nics = [] } = planned.plan?.spec ?? {}
  // a plan of what comes out of a cloud fills in neither its disks nor the one card that it gets
  const places = { disks: disks.length || (planned.plan?.disks.length ?? 0), nics: nics.length || Number(machine.cloud !== null) }
  const isWrong = way?.done === 'task' && counts.blocks > 0
  const summaries: Readonly<Record<StepId, string>> = {
    target: target?.host.name ?? t('transfer.rail.no-target'),
    ways: !target ? '' : planned.error ? t('migrate.rail.unread') : !way ? t('migrate.rail.checking') : t(`transfer.way-short.${way.way}`),
    places: !way ? '' : target?.isCloud ? (wish.cloud.type ?? t('transfer.rail.smallest')) : t('migrate.rail.places', places),
    review:
      !way || planned.pending
        ? ''
        : counts.blocks + counts.warns === 0
          ? t('migrate.rail.clear')
          : t('migrate.rail.findings', { ...counts }),
  }
  return shown.map((id, index) => ({
    id,
    title: t(id === 'places' && target?.isCloud ? 'transfer.step.cloud-places' : `transfer.step.${id}`),
    summary: summaries[id],
    mark: (id === 'ways' && isWrong) || (id === 'places' && invalid.length > 0) ? 'wrong' : index < at && target ? 'done' : 'plain',
    disabledReason: id !== 'target' && !target ? t('transfer.why.target') : undefined,
  }))
}
