import type { Machine, MigrationSpec } from '../../../../shared/model/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { SourceFiles } from './places-step.tsx'
import type { Looked } from './queries.ts'
import { StepHead } from './step-head.tsx'

export interface ManyPlacesProps {
  readonly machines: readonly Machine[]
  readonly looked: readonly Looked[]
  readonly sourceDisks: MigrationSpec['sourceDisks']
  readonly onSourceDisks: (value: MigrationSpec['sourceDisks']) => void
}

/** Several machines keep their pools and networks by name: what is not there is a finding of that machine. */
export function ManyPlaces({ machines, looked, sourceDisks, onSourceDisks }: ManyPlacesProps) {
  const { t } = useI18n()
  const byId = new Map(looked.map(({ id, preflight }) => [id as string, preflight?.spec]))
  return (
    <>
      <StepHead title={t('migrate.step.places')} text={t('migrate.many.places')} />
      <SourceFiles value={sourceDisks} onChange={onSourceDisks} />
      <div className="migrate-table">
        <table className="plain-table num">
          <thead>
            <tr>
              <th>{t('column.name')}</th>
              <th>{t('migrate.disks')}</th>
              <th>{t('migrate.nics')}</th>
            </tr>
          </thead>
          <tbody>
            {machines.map(({ id, name }) => {
              const spec = byId.get(id)
              return (
                <tr key={id}>
                  <td>
                    <b>{name}</b>
                  </td>
                  <td>
                    {spec?.disks.map(({ target, how, pool }) => (
                      <span key={target} className="migrate-line">
                        {target}: {t(`migrate.disk.${how}`)} {how === 'copy' && pool}
                      </span>
                    ))}
                  </td>
                  <td>
                    {spec?.nics.map(({ mac, on }) => (
                      <span key={mac} className="migrate-line">
                        {on.name}
                      </span>
                    ))}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
    </>
  )
}
