import { useI18n } from '../../../lib/i18n/index.ts'
import type { UndecidedGroup } from './orphan-search.ts'

/** So many of one reason are named; nobody reads thousands. */
const SHOWN = 50

/** Volumes that are not called orphaned because another host may use them, by what has to be done about it. */
export function UndecidedList({ groups }: { readonly groups: readonly UndecidedGroup[] }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const count = groups.reduce((sum, { volumes }) => sum + volumes.length, 0)
  if (count === 0) return null
  const bytes = groups.reduce((sum, group) => sum + group.bytes, 0)
  return (
    <details className="storage-unseen" open={count <= 4}>
      <summary>{t('storage.orphans.undecided', { count, shown: format.number(count), size: format.bytes(bytes) })}</summary>
      {groups.map(({ reason, volumes }) => (
        <section key={`${reason.code} ${JSON.stringify(reason.params)}`}>
          <p>{i18n.reason(reason)}</p>
          <ul className="storage-names num">
            {volumes.slice(0, SHOWN).map((one) => (
              <li key={one.key}>
                <span className="ellipsis" title={one.path}>
                  {one.name}
                </span>
                <span className="sub ellipsis">
                  {one.hostName} / {one.pool}
                </span>
                <span>{format.bytes(one.allocationBytes)}</span>
              </li>
            ))}
            {volumes.length > SHOWN && (
              <li className="sub">
                {t('storage.orphans.undecided.more', { count: volumes.length - SHOWN, shown: format.number(volumes.length - SHOWN) })}
              </li>
            )}
          </ul>
        </section>
      ))}
    </details>
  )
}
