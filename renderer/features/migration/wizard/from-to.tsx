import { Button } from '@patternfly/react-core'
import { RhUiLongArrowRightIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-long-arrow-right-icon'
import { RhUiServerIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-server-icon'
import type { Host, Machine } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'

export interface FromToProps {
  readonly machine: Machine
  readonly targetHostId: string | null
  readonly onChange: () => void
}

/** Both hosts, with their load before and after. */
export function FromTo({ machine, targetHostId, onChange }: FromToProps) {
  const { t } = useI18n()
  const source = useEntity('host', machine.hostId)
  const target = useEntity('host', targetHostId)
  return (
    <section className="migrate-ends" aria-label={t('migrate.ends')}>
      <End title={t('migrate.from')} host={source} machine={machine} sign={-1} />
      <span className="migrate-arrow" aria-hidden>
        <RhUiLongArrowRightIcon />
      </span>
      <End title={t('migrate.to')} host={target} machine={machine} sign={1} />
      <span className="grow" />
      <Button variant="link" size="sm" onClick={onChange}>
        {t('migrate.change-target')}
      </Button>
    </section>
  )
}

interface EndProps {
  readonly title: string
  readonly host: Host | undefined
  readonly machine: Machine
  readonly sign: 1 | -1
}

function End({ title, host, machine, sign }: EndProps) {
  const { t, format } = useI18n()
  const change = (before: number | null, by: number | null) =>
    before === null
      ? null
      : by === null
        ? format.percent(before)
        : `${format.number(before)} → ${format.percent(Math.min(100, Math.max(0, before + sign * by)))}`
  const cpu = change(host?.cpuPercent ?? null, cpuShare(host, machine))
  const memory = change(usedPercent(host), memoryShare(host, machine))
  return (
    <div className="migrate-end">
      <span className="sub small">{title}</span>
      <b className="ellipsis">
        <RhUiServerIcon /> {host?.name ?? '–'}
      </b>
      <span className="sub small num">
        {[cpu && t('migrate.end.cpu', { value: cpu }), memory && t('migrate.end.memory', { value: memory })].filter(Boolean).join(', ')}
      </span>
    </div>
  )
}

function usedPercent(host: Host | undefined): number | null {
  if (!host?.memoryKiB || host.memoryFreeKiB === null) return null
  return ((host.memoryKiB - host.memoryFreeKiB) / host.memoryKiB) * 100
}

function memoryShare(host: Host | undefined, { memoryKiB, metrics }: Machine): number | null {
  if (!host?.memoryKiB) return null
  return metrics === null ? 0 : (memoryKiB / host.memoryKiB) * 100
}

function cpuShare(host: Host | undefined, { metrics, vcpus }: Machine): number | null {
  if (!host?.cpus) return null
  return metrics?.cpuPercent == null ? 0 : (metrics.cpuPercent * vcpus) / host.cpus
}
