import { Button } from '@patternfly/react-core'
import type { Machine, MigrationFinding } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Banner } from '../../../ui/index.ts'
import type { Looked } from './queries.ts'
import { findingWords, mendWords } from './words.ts'

export interface PeaksThenProps {
  readonly machines: readonly Machine[]
  readonly looked: readonly Looked[]
  readonly onWhen: (machine: Machine) => (finding: MigrationFinding, atMs: number) => void
}

const SHOWN = 3

/** Where the time is chosen: machines that write much at it, and when it is over. */
export function PeaksThen({ machines, looked, onWhen }: PeaksThenProps) {
  const i18n = useI18n()
  const { t } = i18n
  const peaks = machines.flatMap((machine) => {
    const { preflight = null, pending = true } = looked.find(({ id }) => id === machine.id) ?? {}
    const finding = pending ? undefined : preflight?.findings.find(({ check, severity }) => check === 'write-peak' && severity === 'warns')
    return finding ? [{ machine, finding, ...findingWords(finding, i18n) }] : []
  })
  const more = peaks.length - SHOWN
  return (
    <div role="status" className="migrate-peaks">
      {peaks.slice(0, SHOWN).map(({ machine, finding, title, text }) => (
        <Banner
          key={machine.id}
          tone="warn"
          actions={finding.mends.map(({ label, mend }) =>
            mend.mend === 'when' ? (
              <Button key={mend.atMs} variant="secondary" size="sm" onClick={() => onWhen(machine)(finding, mend.atMs)}>
                {mendWords(label, i18n)}
              </Button>
            ) : null,
          )}
        >
          <b>
            {machines.length > 1 && `${machine.name}: `}
            {title}.
          </b>{' '}
          {text}
        </Banner>
      ))}
      {more > 0 && <p className="form-note">{t('migrate.peaks-more', { count: more })}</p>}
    </div>
  )
}
