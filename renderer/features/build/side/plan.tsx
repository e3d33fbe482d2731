import type { BuildOptions } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Bar } from '../../../ui/index.ts'
import type { Totals } from '../model/totals.ts'

export interface PlanProps {
  readonly names: readonly string[]
  readonly totals: Totals
  readonly options: BuildOptions
}

const NAMED = 6

/** What will be made, and what it takes of what the host has. */
export function Plan({ names, totals, options }: PlanProps) {
  const { t, format } = useI18n()
  const shown = names.length <= NAMED ? names : [...names.slice(0, NAMED - 2), '…', names.at(-1) ?? '']
  return (
    <div className="build-plan">
      <h2>{t('build.plan', { count: Math.max(1, names.length) })}</h2>
      {names.length === 0 ? (
        <p className="sub">{t('build.plan.no-name')}</p>
      ) : (
        <ul className="build-names mono">
          {shown.map((name) => (
            <li key={name} className="ellipsis" title={name}>
              {name}
            </li>
          ))}
        </ul>
      )}
      <dl className="build-amounts num">
        <Amount
          label={t('build.plan.vcpus')}
          value={format.number(totals.vcpus)}
          of={totals.hostCpus === null ? null : t('build.plan.of-cpus', { count: totals.hostCpus })}
          percent={totals.hostCpus === null ? null : (totals.vcpus / totals.hostCpus) * 100}
        />
        <Amount
          label={t('build.plan.memory')}
          value={format.bytes(totals.memoryMiB * 1_048_576)}
          of={
            totals.freeMemoryMiB === null
              ? null
              : t('build.plan.free-of', { size: format.bytes(totals.freeMemoryMiB * 1_048_576), where: options.hostName })
          }
          percent={totals.freeMemoryMiB === null ? null : (totals.memoryMiB / totals.freeMemoryMiB) * 100}
        />
        {totals.pools.map(({ pool, bytes, availableBytes }) => (
          <Amount
            key={pool}
            label={t('build.plan.disk')}
            value={t('build.plan.up-to', { size: format.bytes(bytes) })}
            of={availableBytes === null ? pool : t('build.plan.free-of', { size: format.bytes(availableBytes), where: pool })}
            percent={availableBytes === null ? null : (bytes / availableBytes) * 100}
          />
        ))}
      </dl>
    </div>
  )
}

interface AmountProps {
  readonly label: string
  readonly value: string
  readonly of: string | null
  readonly percent: number | null
}

/** A figure and its share; coloured only past what there is. */
function Amount({ label, value, of, percent }: AmountProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <span className="build-amount">
          <b>{value}</b> {of && <span className="sub">{of}</span>}
        </span>
        {percent !== null && <Bar percent={percent} tone={percent > 100 ? 'hot' : 'plain'} />}
      </dd>
    </div>
  )
}
