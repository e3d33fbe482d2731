import { RhUiRefreshIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-refresh-icon'
import type { Machine, MigrationFinding, MigrationTarget, Preflight } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { ActionButton, Age, EmptyState, Problem, Skeleton, useLate } from '../../../ui/index.ts'
import { FindingRow, SolvedRow } from './finding-row.tsx'
import { FromTo } from './from-to.tsx'
import { MendedRow } from './mended-row.tsx'
import { PassedList } from './passed-list.tsx'
import { type Looked, useMended } from './queries.ts'
import type { Solved } from './solved.ts'
import { StepHead } from './step-head.tsx'
import type { StepId } from './wish.ts'

export interface FindingsProps {
  readonly machine: Machine
  readonly looked: Looked
  readonly solved: readonly Solved[]
  readonly onSet: (finding: MigrationFinding, set: Readonly<Record<string, unknown>>) => void
  readonly onWhen?: ((finding: MigrationFinding, atMs: number) => void) | undefined
  readonly onStep: (step: StepId) => void
}

export interface PreflightStepProps extends FindingsProps {
  readonly target: MigrationTarget | null
}

/** What was looked at on both hosts, and what of it stands in the way. */
export function PreflightStep(props: PreflightStepProps) {
  const { machine, target, looked, onStep } = props
  const { t } = useI18n()
  const { preflight, error, pending, again } = looked
  const late = useLate(preflight === null && error === null)
  return (
    <>
      <StepHead title={t('migrate.step.preflight')} text={<Told looked={looked} target={target?.name ?? ''} />}>
        <ActionButton
          variant="secondary"
          icon={pending ? undefined : <RhUiRefreshIcon />}
          isLoading={pending}
          disabledReason={pending ? t('migrate.why.checking') : undefined}
          onClick={() => void again()}
        >
          {t('migrate.again')}
        </ActionButton>
      </StepHead>
      <FromTo machine={machine} targetHostId={target?.hostId ?? null} onChange={() => onStep('target')} />
      {error && !pending ? (
        <EmptyState title={t('migrate.not-read')}>
          <Problem error={error} />
        </EmptyState>
      ) : preflight ? (
        <Findings {...props} />
      ) : (
        late && (
          <div className="rows-waiting">
            <Skeleton width={360} />
            <Skeleton width={280} />
          </div>
        )
      )}
    </>
  )
}

function Told({ looked: { preflight, pending }, target }: { readonly looked: Looked; readonly target: string }) {
  const { t } = useI18n()
  if (!preflight) return pending ? t('migrate.preflight.reading', { target }) : null
  return (
    <>
      {t('migrate.preflight.told', { count: preflight.findings.length, target })} <Age atMs={preflight.checkedAtMs} ago />
    </>
  )
}

const ORDER = ['blocks', 'warns', 'unknown'] as const

/** The list itself: the worst first, what was mended last, what is right folded away. */
export function Findings({ machine, looked, solved, onSet, onWhen, onStep }: FindingsProps) {
  const { t } = useI18n()
  const mended = useMended(machine.id, looked.preflight?.target.hostId ?? null)
  const { preflight, pending, again } = looked
  if (!preflight) return null
  const open = openOf(preflight)
  const ids = new Set(open.map(({ id }) => id))
  const chosen = solved.filter(({ machineId, finding }) => machineId === machine.id && !ids.has(finding.id))
  const done = mended.data ?? []
  const anew = () => void Promise.all([again(), mended.refetch()])
  const passed = preflight.findings.filter(({ severity }) => severity === 'passed')
  return (
    <div aria-busy={pending} className="migrate-looked">
      {open.length + chosen.length + done.length === 0 ? (
        <p className="migrate-clear">{t('migrate.preflight.clear')}</p>
      ) : (
        <ul className="migrate-findings" aria-label={t('migrate.findings')}>
          {open.map((finding) => (
            <FindingRow
              key={finding.id}
              finding={finding}
              spec={preflight.spec}
              onSet={(set) => onSet(finding, set)}
              onMended={anew}
              onWhen={onWhen && ((atMs) => onWhen(finding, atMs))}
              onStep={onStep}
            />
          ))}
          {chosen.map((one) => (
            <SolvedRow key={one.finding.id} {...one} />
          ))}
          {done.map((one) => (
            <MendedRow key={one.taskId} mended={one} onUndone={anew} />
          ))}
        </ul>
      )}
      <PassedList findings={passed} />
    </div>
  )
}

function openOf({ findings }: Preflight): readonly MigrationFinding[] {
  return ORDER.flatMap((severity) => findings.filter((one) => one.severity === severity))
}
