import type { DiskMove, HostId, Pool } from '../../../../shared/model/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useTable } from '../../../lib/live/index.ts'

export interface DiskRowsProps {
  readonly disks: readonly DiskMove[]
  /** What is known of each, by its target in the guest. */
  readonly about: ReadonlyMap<string, string>
  readonly targetHostId: HostId
  readonly onChange: (disk: DiskMove) => void
}

const WAYS = ['shared', 'copy', 'leave'] as const

/** Each disk: how it goes, and where to. */
export function DiskRows({ disks, about, targetHostId, onChange }: DiskRowsProps) {
  const { t } = useI18n()
  const pools = useTable('pool')
    .filter(({ hostId }) => hostId === targetHostId)
    .toSorted((a, b) => compareNames(a.name, b.name))
  return (
    <div className="migrate-table">
      <table className="plain-table num">
        <thead>
          <tr>
            <th>{t('migrate.disk')}</th>
            <th>{t('migrate.disk.how')}</th>
            <th>{t('migrate.disk.pool')}</th>
            <th>{t('migrate.disk.volume')}</th>
          </tr>
        </thead>
        <tbody>
          {disks.map((disk) => (
            <tr key={disk.target}>
              <td>
                <b>{disk.target}</b>
                <span className="sub small migrate-about" title={about.get(disk.target)}>
                  {about.get(disk.target)}
                </span>
              </td>
              <td>
                <select
                  className="text-input"
                  aria-label={t('migrate.disk.how-of', { disk: disk.target })}
                  value={disk.how}
                  onChange={(event) => onChange(withWay(disk, event.target.value as DiskMove['how'], pools))}
                >
                  {WAYS.map((way) => (
                    <option key={way} value={way}>
                      {t(`migrate.disk.${way}`)}
                    </option>
                  ))}
                </select>
                <span className="sub small migrate-about">{t(`migrate.disk.${disk.how}-text`)}</span>
              </td>
              <td>{disk.how === 'copy' && <PoolChoice disk={disk} pools={pools} onChange={onChange} />}</td>
              <td>
                {disk.how === 'copy' && (
                  <input
                    className="text-input mono"
                    aria-label={t('migrate.disk.volume-of', { disk: disk.target })}
                    value={disk.volume ?? ''}
                    onChange={(event) => onChange({ ...disk, volume: event.target.value === '' ? null : event.target.value })}
                  />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function withWay(disk: DiskMove, how: DiskMove['how'], pools: readonly Pool[]): DiskMove {
  if (how !== 'copy') return { ...disk, how }
  return { ...disk, how, pool: disk.pool ?? pools.find(({ active }) => active)?.name ?? null }
}

function PoolChoice({
  disk,
  pools,
  onChange,
}: {
  readonly disk: DiskMove
  readonly pools: readonly Pool[]
  readonly onChange: DiskRowsProps['onChange']
}) {
  const { t, format } = useI18n()
  const isMissing = disk.pool !== null && !pools.some(({ name }) => name === disk.pool)
  return (
    <select
      className="text-input"
      aria-label={t('migrate.disk.pool-of', { disk: disk.target })}
      aria-invalid={isMissing || undefined}
      value={disk.pool ?? ''}
      onChange={(event) => onChange({ ...disk, pool: event.target.value })}
    >
      {isMissing && <option value={disk.pool ?? ''}>{t('migrate.disk.pool-missing', { pool: disk.pool ?? '' })}</option>}
      {disk.pool === null && <option value="">–</option>}
      {pools.map(({ id, name, active, availableBytes }) => (
        <option key={id} value={name} disabled={!active}>
          {active
            ? availableBytes === null
              ? name
              : t('migrate.disk.pool-free', { pool: name, free: format.bytes(availableBytes) })
            : t('migrate.disk.pool-off', { pool: name })}
        </option>
      ))}
    </select>
  )
}
