import type { ReactNode } from 'react'
import { Link } from 'react-router'
import type { Machine, TransferPlan, TransferStep, TransferWayPlan } from '../../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../../lib/i18n/index.ts'
import { paths } from '../../../lib/paths.ts'
import { CommandLine, type Fact, Facts } from '../../../ui/index.ts'
import { findingWords, StepHead } from '../../migration/index.ts'
import { OnBanner } from './on-banner.tsx'
import { warningsOf } from './standing.ts'
import type { Wish } from './wish.ts'

export interface ReviewStepProps {
  readonly machine: Machine
  readonly plan: TransferPlan
  readonly way: TransferWayPlan
  readonly wish: Wish
  readonly acceptsWarnings: boolean
  readonly onAccept: (accepts: boolean) => void
}

/** What goes, where, and each step with what it sends: read once more before it begins. */
export function ReviewStep({ machine, plan, way, wish, acceptsWarnings, onAccept }: ReviewStepProps) {
  const i18n = useI18n()
  const { t } = i18n
  const warnings = warningsOf(way)
  return (
    <>
      <StepHead title={t('transfer.step.review')} text={t(`transfer.review.${way.done}`)} />
      <OnBanner machine={machine} />
      <div className="migrate-review">
        <Facts facts={factsOf(plan, way, wish, machine.cloud !== null, i18n)} />
        <section className="transfer-part">
          <h2>{t('transfer.steps')}</h2>
          <ol className="transfer-steps">
            {way.steps.map((step) => (
              <Step key={step.id} step={step} isBook={way.done === 'run-book'} />
            ))}
          </ol>
          {way.way === 'package' && <Link to={paths.importPackage(plan.target.hostId)}>{t('transfer.import')}</Link>}
        </section>
        {warnings.length > 0 && (
          <section className="migrate-warnings">
            <h2>{t('migrate.review.warnings', { count: warnings.length })}</h2>
            <ul>
              {warnings.map((finding) => (
                <li key={finding.id}>{findingWords(finding, i18n).title}</li>
              ))}
            </ul>
            {way.done === 'task' && (
              <label className="check-line">
                <input
                  type="checkbox"
                  className="check-input"
                  checked={acceptsWarnings}
                  onChange={(event) => onAccept(event.target.checked)}
                />
                <span>{t('migrate.review.accept', { count: warnings.length })}</span>
              </label>
            )}
          </section>
        )}
      </div>
    </>
  )
}

function Step({ step: { what, by, command, check, bytes }, isBook }: { readonly step: TransferStep; readonly isBook: boolean }) {
  const i18n = useI18n()
  const { t, format } = i18n
  return (
    <li>
      <span className="transfer-step">
        <span>
          {i18n.reason(what)}
          {isBook && by === 'console' && <span className="sub"> {t('transfer.by-console')}</span>}
        </span>
        {bytes !== null && <span className="sub num">{format.bytes(bytes)}</span>}
      </span>
      {command?.split('\n').map((line) => (
        <CommandLine key={line} command={line} />
      ))}
      {check && (
        <div className="transfer-check">
          <span className="sub">{t('transfer.check', { shows: check.shows })}</span>
          <CommandLine command={check.command} />
        </div>
      )}
    </li>
  )
}

function factsOf(plan: TransferPlan, way: TransferWayPlan, wish: Wish, isFromCloud: boolean, i18n: I18n): Fact[] {
  const { machine, source, target, spec } = plan
  const { t } = i18n
  const lines = (all: readonly ReactNode[]) =>
    all.map((line, at) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the lines are as they are
      <span key={at} className="migrate-line">
        {line}
      </span>
    ))
  const disks = spec.disks.map(({ target: disk, how, pool, volume }) => (
    <>
      <b>{disk}</b>{' '}
      {how === 'copy' ? t('migrate.review.copy', { pool: pool ?? '', volume: volume ?? '' }) : t(`migrate.review.disk-${how}`)}
    </>
  ))
  const nics = spec.nics.map(({ mac, on }) => (
    <>
      <span className="mono small">{mac}</span> → {on.name}
    </>
  ))
  const { cloud } = wish
  const isCloud = way.way === 'image-import'
  return [
    { label: t('migrate.review.what'), value: machine },
    { label: t('migrate.from'), value: source.name },
    { label: t('migrate.to'), value: target.name },
    { label: t('transfer.way'), value: t(`transfer.way.${way.way}`) },
    ...(spec.rename === null ? [] : [{ label: t('migrate.rename'), value: spec.rename }]),
    ...(way.done === 'elsewhere' || disks.length === 0 ? [] : [{ label: t('migrate.disks'), value: <>{lines(disks)}</> }]),
    ...(way.done === 'elsewhere' || nics.length === 0 ? [] : [{ label: t('migrate.nics'), value: <>{lines(nics)}</> }]),
    ...(isCloud
      ? [
          { label: t('transfer.cloud.type'), value: cloud.type ?? spec.cloud?.type ?? t('transfer.cloud.smallest') },
          { label: t('transfer.cloud.zone'), value: cloud.zone ?? t('cloud.any') },
          { label: t('transfer.cloud.public'), value: t(cloud.publicAddress ? 'transfer.yes' : 'transfer.no') },
        ]
      : []),
    ...(way.done === 'task' && !isFromCloud ? [{ label: t('transfer.source'), value: t(`transfer.source.${wish.source}`) }] : []),
  ]
}
