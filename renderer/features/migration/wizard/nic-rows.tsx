import type { HostId, NicMove } from '../../../../shared/model/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useTable } from '../../../lib/live/index.ts'

export interface NicRowsProps {
  readonly nics: readonly NicMove[]
  readonly targetHostId: HostId
  readonly onChange: (nic: NicMove) => void
}

interface Choice {
  readonly on: NicMove['on']
  readonly word: string
}

const keyOf = ({ kind, name }: NicMove['on']) => `${kind} ${name}`

/** Each card, and what it hangs on over there. */
export function NicRows({ nics, targetHostId, onChange }: NicRowsProps) {
  const { t } = useI18n()
  const networks = useTable('network')
    .filter(({ hostId }) => hostId === targetHostId)
    .toSorted((a, b) => compareNames(a.name, b.name))
  const bridges = [...new Set(networks.flatMap(({ bridge }) => bridge ?? []))].toSorted(compareNames)
  const choices: readonly Choice[] = [
    ...networks.map(
      ({ name, active }): Choice => ({
        on: { kind: 'network', name },
        word: t(active ? 'migrate.nic.network' : 'migrate.nic.network-off', { name }),
      }),
    ),
    ...bridges.map((name): Choice => ({ on: { kind: 'bridge', name }, word: t('migrate.nic.bridge', { name }) })),
  ]
  return (
    <div className="migrate-table">
      <table className="plain-table num">
        <thead>
          <tr>
            <th>{t('migrate.nic')}</th>
            <th>{t('migrate.nic.on')}</th>
          </tr>
        </thead>
        <tbody>
          {nics.map((nic) => {
            const isMissing = !choices.some(({ on }) => keyOf(on) === keyOf(nic.on))
            return (
              <tr key={nic.mac}>
                <td className="mono">{nic.mac}</td>
                <td>
                  <select
                    className="text-input"
                    aria-label={t('migrate.nic.on-of', { mac: nic.mac })}
                    aria-invalid={isMissing || undefined}
                    value={keyOf(nic.on)}
                    onChange={(event) => {
                      const chosen = choices.find(({ on }) => keyOf(on) === event.target.value)
                      if (chosen) onChange({ ...nic, on: chosen.on })
                    }}
                  >
                    {isMissing && <option value={keyOf(nic.on)}>{t('migrate.nic.missing', { name: nic.on.name })}</option>}
                    {choices.map(({ on, word }) => (
                      <option key={keyOf(on)} value={keyOf(on)}>
                        {word}
                      </option>
                    ))}
                  </select>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
