import { Checkbox } from '@patternfly/react-core'
import { useId, useState } from 'react'
import { Link } from 'react-router'
import type { MigrationFinding, TransferPlan, TransferWayPlan } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ActionButton, Banner, CommandLine, Panel, Problem } from '../../ui/index.ts'
import { useRunBook, useStart } from './use-transfer.ts'

export interface WayPanelProps {
  readonly plan: TransferPlan
  readonly way: TransferWayPlan
}

/** One way: what stands in it, its steps, what it costs and changes, and how it is gone. */
export function WayPanel({ plan, way }: WayPanelProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const shown = way.findings.filter(({ severity }) => severity !== 'passed')
  const passed = way.findings.length - shown.length
  return (
    <Panel
      title={t(`transfer.way.${way.way}`)}
      className="transfer-way"
      side={<span className="sub">{t(`transfer.done.${way.done}`)}</span>}
    >
      {way.obstacle && <Banner tone="warn">{i18n.reason(way.obstacle)}</Banner>}
      {shown.map((finding) => (
        <Finding key={finding.id} finding={finding} />
      ))}
      {passed > 0 && <p className="sub">{t('transfer.passed', { count: passed })}</p>}
      <h3>{t('transfer.steps')}</h3>
      <ol className="transfer-steps">
        {way.steps.map((step) => (
          <li key={step.id}>
            <span>
              {i18n.reason(step.what)}
              {step.bytes !== null && <span className="sub num"> {format.bytes(step.bytes)}</span>}
              {way.done === 'run-book' && step.by === 'console' && <span className="sub"> {t('transfer.by-console')}</span>}
            </span>
            {step.command?.split('\n').map((line) => (
              <CommandLine key={line} command={line} />
            ))}
            {step.check && (
              <div className="transfer-check">
                <span className="sub">{t('transfer.check', { shows: step.check.shows })}</span>
                <CommandLine command={step.check.command} />
              </div>
            )}
          </li>
        ))}
      </ol>
      {way.differs.length > 0 && <h3>{t('transfer.differs')}</h3>}
      <ul>
        {way.differs.map(({ topic, reason }) => (
          <li key={topic}>{i18n.reason(reason)}</li>
        ))}
      </ul>
      {way.costs.length > 0 && <h3>{t('transfer.costs')}</h3>}
      <ul>
        {way.costs.map(({ what, usdPerMonth, source }) => (
          <li key={what.code}>
            {i18n.reason(what)}
            {usdPerMonth !== null && <b className="num"> {t('transfer.per-month', { usd: usdPerMonth.toFixed(2) })}</b>}
            {source !== null && <span className="sub"> {source}</span>}
          </li>
        ))}
      </ul>
      <Going plan={plan} way={way} />
    </Panel>
  )
}

function Finding({ finding: { severity, reason, facts } }: { readonly finding: MigrationFinding }) {
  const i18n = useI18n()
  return (
    <p className={`transfer-finding ${severity}`}>
      <b>{i18n.t(`transfer.severity.${severity}`)}</b> {i18n.reason(reason)}
      {facts !== null && <span className="sub mono"> {facts}</span>}
    </p>
  )
}

function Going({ plan, way }: WayPanelProps) {
  const { t } = useI18n()
  const may = usePermissions()
  const id = useId()
  const [accepts, setAccepts] = useState(false)
  const start = useStart(plan)
  const book = useRunBook(plan, way.way)
  const blocking = way.findings.filter(({ severity }) => severity === 'blocks').length
  const warns = way.findings.some(({ severity }) => severity === 'warns')
  const why = may('machine.migrate')
    ? blocking > 0
      ? t('transfer.blocked', { count: blocking })
      : warns && !accepts
        ? t('transfer.accept-first')
        : undefined
    : t('route.forbidden.text', { permission: 'machine.migrate' })
  const error = start.error ?? book.error
  return (
    <>
      {way.done === 'task' && warns && blocking === 0 && (
        <Checkbox id={id} label={t('transfer.accept')} isChecked={accepts} onChange={(_event, checked) => setAccepts(checked)} />
      )}
      {error && <Problem error={error} />}
      <div className="transfer-going">
        {way.done === 'task' && (
          <ActionButton variant="primary" disabledReason={why} isLoading={start.pending} onClick={() => start.begin(accepts)}>
            {t('transfer.start')}
          </ActionButton>
        )}
        {way.way === 'package' && <Link to={paths.importPackage(plan.target.hostId)}>{t('transfer.import')}</Link>}
        <ActionButton variant="secondary" isLoading={book.pending} onClick={book.save}>
          {t('transfer.run-book')}
        </ActionButton>
      </div>
    </>
  )
}
