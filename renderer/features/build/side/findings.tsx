import { Button } from '@patternfly/react-core'
import { RhUiErrorFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-error-fill-icon'
import { RhUiWarningFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-warning-fill-icon'
import type { BuildFinding } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Problem } from '../../../ui/index.ts'
import { findingText } from '../finding-text.ts'
import { goToField } from '../go-to-field.ts'
import type { CheckState } from '../use-check.ts'

export interface MissingField {
  readonly path: string
  readonly label: string
  readonly text: string
}

export interface FindingsProps {
  /** Of the form itself: what is not there yet, or not right. */
  readonly missing: readonly MissingField[]
  readonly check: CheckState
  readonly onMend: (mend: NonNullable<BuildFinding['mend']>) => void
}

/** What stands in the way, worst first, each with the way to its field and what would mend it. */
export function Findings({ missing, check, onMend }: FindingsProps) {
  const i18n = useI18n()
  const { t } = i18n
  const findings = missing.length > 0 ? [] : (check.answer?.findings ?? []).toSorted(bySeverity)
  return (
    <div className="build-findings" aria-busy={check.status === 'old'}>
      <h2>
        {t('build.check')}
        <span className="sub" role="status">
          {missing.length > 0
            ? t('build.check.waiting')
            : check.status === 'old'
              ? t('build.check.asking')
              : t('build.check.count', { count: findings.length })}
        </span>
      </h2>
      {check.status === 'failed' && check.error && (
        <>
          <Problem error={check.error} />
          <Button variant="secondary" size="sm" onClick={check.again}>
            {t('build.check.again')}
          </Button>
        </>
      )}
      <ul>
        {missing.map(({ path, label, text }) => (
          <li key={path} className="missing">
            <button type="button" className="build-to-field" onClick={() => goToField(path)}>
              {label}
            </button>
            <p>{text}</p>
          </li>
        ))}
        {findings.map((finding) => (
          <li key={`${finding.code} ${finding.field ?? ''} ${JSON.stringify(finding.params)}`} className={finding.severity}>
            <p className="build-severity">
              {finding.severity === 'blocks' ? <RhUiErrorFillIcon /> : <RhUiWarningFillIcon />}
              {t(`build.severity.${finding.severity}`)}
            </p>
            <p>{findingText(finding, i18n)}</p>
            <p className="build-row">
              {finding.mend && (
                <Button variant="secondary" size="sm" onClick={() => finding.mend && onMend(finding.mend)}>
                  {i18n.code('mend', finding.mend.code, t('build.mend'), { value: finding.mend.value, ...finding.params })}
                </Button>
              )}
              {finding.field !== null && (
                <Button variant="link" isInline onClick={() => finding.field !== null && goToField(finding.field)}>
                  {t('build.to-field')}
                </Button>
              )}
            </p>
          </li>
        ))}
      </ul>
      {missing.length === 0 && check.status === 'done' && findings.length === 0 && <p className="sub">{t('build.check.fine')}</p>}
    </div>
  )
}

function bySeverity(a: BuildFinding, b: BuildFinding): number {
  return a.severity === b.severity ? 0 : a.severity === 'blocks' ? -1 : 1
}
