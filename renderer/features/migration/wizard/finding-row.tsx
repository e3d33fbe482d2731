import { Button } from '@patternfly/react-core'
import { RhUiCheckIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon'
import { RhUiErrorFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-error-fill-icon'
import { RhUiQuestionMarkCircleIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-question-mark-circle-icon'
import { RhUiWarningFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-warning-fill-icon'
import type { MigrationCheck, MigrationFinding, MigrationSpec } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { ActionButton, Age, Problem } from '../../../ui/index.ts'
import type { Solved } from './solved.ts'
import { useMend } from './use-mend.ts'
import type { StepId } from './wish.ts'
import { findingWords, mendWords } from './words.ts'

/** Where the choice stands that a check is about. */
const CHOSEN_AT: Partial<Record<MigrationCheck, StepId>> = {
  disks: 'places',
  pools: 'places',
  space: 'places',
  name: 'places',
  networks: 'places',
  'dirty-rate': 'how',
  'write-peak': 'when',
  bandwidth: 'how',
  trust: 'how',
  'same-host': 'target',
  maintenance: 'target',
}

export interface FindingRowProps {
  readonly finding: MigrationFinding
  readonly spec: MigrationSpec
  readonly onSet: (set: Readonly<Record<string, unknown>>) => void
  readonly onMended: () => void
  /** Undefined: the time cannot be chosen here. */
  readonly onWhen?: ((atMs: number) => void) | undefined
  readonly onStep: (step: StepId) => void
}

/** One finding: how bad, what, why, and what mends it. */
export function FindingRow({ finding, spec, onSet, onMended, onWhen, onStep }: FindingRowProps) {
  const i18n = useI18n()
  const { t } = i18n
  const mend = useMend(spec, onMended)
  const { severity, facts, check } = finding
  const mends = finding.mends.filter(({ mend: one }) => one.mend !== 'when' || onWhen)
  const { title, text } = findingWords(finding, i18n)
  const place = CHOSEN_AT[check]
  return (
    <li className={severity}>
      <Severity severity={severity} />
      <div className="migrate-finding">
        <b>{title}</b>
        {text !== '' && <p>{text}</p>}
        {facts !== null && <p className="mono small sub">{facts}</p>}
        {mend.isRunning && (
          <p className="sub" role="status">
            {t('migrate.mending')}
          </p>
        )}
        {mend.error && (
          <div className="bad-text" role="alert">
            <Problem error={mend.error} />
          </div>
        )}
      </div>
      <div className="migrate-mends">
        {mends.map(({ label, mend: one }, at) => (
          <ActionButton
            key={JSON.stringify(one)}
            variant={at === 0 && severity === 'blocks' ? 'primary' : at === 0 ? 'secondary' : 'link'}
            size="sm"
            isLoading={mend.isRunning && mend.running === one}
            disabledReason={mend.isRunning ? t('migrate.mending') : undefined}
            onClick={() => (one.mend === 'spec' ? onSet(one.set) : one.mend === 'when' ? onWhen?.(one.atMs) : mend.run(one))}
          >
            {mendWords(label, i18n)}
          </ActionButton>
        ))}
        {place && (severity === 'blocks' || severity === 'warns') && (
          <Button variant="link" size="sm" onClick={() => onStep(place)}>
            {t(`migrate.choose-at.${place}`)}
          </Button>
        )}
      </div>
    </li>
  )
}

function Severity({ severity }: Pick<MigrationFinding, 'severity'>) {
  const { t } = useI18n()
  const icons = {
    blocks: <RhUiErrorFillIcon />,
    warns: <RhUiWarningFillIcon />,
    unknown: <RhUiQuestionMarkCircleIcon />,
    passed: <RhUiCheckIcon />,
  }
  return (
    <span className="migrate-severity">
      {icons[severity]}
      {t(`migrate.severity.${severity}`)}
    </span>
  )
}

/** Mended by another choice, a moment ago. */
export function SolvedRow({ finding, atMs, undo }: Solved) {
  const i18n = useI18n()
  const { t } = i18n
  const { title } = findingWords(finding, i18n)
  return (
    <li className="solved">
      <span className="migrate-severity">
        <RhUiCheckIcon />
        {t('migrate.severity.solved')}
      </span>
      <div className="migrate-finding">
        <span>{title}</span>
        <p className="sub">
          {t('migrate.solved')} <Age atMs={atMs} ago />
        </p>
      </div>
      <div className="migrate-mends">
        <Button variant="link" size="sm" onClick={undo}>
          {t('migrate.undo')}
        </Button>
      </div>
    </li>
  )
}
