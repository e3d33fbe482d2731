import type { Machine } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'

const NAMED = 6

/** What goes for good when machines of clouds are deleted, beside the disks that are chosen. */
export function CloudLosses({ machines }: { readonly machines: readonly Machine[] }) {
  const { t, format } = useI18n()
  if (machines.length === 0) return null
  const running = machines.filter((machine) => machine.state === 'running' || machine.state === 'starting').length
  const addresses = machines.flatMap((machine) => machine.cloud?.publicAddresses ?? [])
  const named = addresses.slice(0, NAMED).join(', ')
  return (
    <ul className="delete-losses">
      <li>{t('delete.cloud', { count: machines.length, shown: format.number(machines.length) })}</li>
      {running > 0 && <li>{t('delete.cloud-running', { count: running, total: machines.length, shown: format.number(running) })}</li>}
      {addresses.length > 0 && (
        <li>
          {t('delete.cloud-addresses', {
            count: addresses.length,
            addresses:
              addresses.length > NAMED ? `${named} ${t('act.and-more', { count: format.number(addresses.length - NAMED) })}` : named,
          })}
        </li>
      )}
      <li>{t('delete.cloud-disks')}</li>
    </ul>
  )
}
