import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { toWireError } from '../../../shared/errors/index.ts'
import type { Host, NetworkFilter } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton, ConfirmDialog, EmptyState, Panel, Problem } from '../../ui/index.ts'
import { CommandNote } from './command-note.tsx'
import { useFilters, useNetworkCommand } from './queries.ts'
import { XmlDialog, XmlView } from './xml-view.tsx'

export interface FiltersTabProps {
  readonly host: Host
  readonly live: boolean
  readonly noChange: string | undefined
  readonly chosen: string | null
  readonly onChoose: (name: string | null) => void
}

const NEW_FILTER = "<filter name='my-filter' chain='root'>\n  <filterref filter='clean-traffic'/>\n</filter>\n"

/** Rules for what cards may send and get: who uses them, and their text. */
export function FiltersTab({ host, live, noChange, chosen, onChoose }: FiltersTabProps) {
  const { t } = useI18n()
  const read = useFilters(host.id, live)
  const [isNew, setNew] = useState(false)
  const put = useNetworkCommand('putFilter', (api, input: { xml: string; expected: string | null }) =>
    api.networks.putFilter({ hostId: host.id, ...input }),
  )
  const filters = read.data ?? []
  const filter = filters.find(({ name }) => name === chosen)
  if (!read.data && read.error) {
    return (
      <EmptyState
        title={t('networks.filters-failed')}
        actions={
          <Button variant="secondary" onClick={() => void read.refetch()}>
            {t('offline.try-now')}
          </Button>
        }
      >
        <Problem error={toWireError(read.error)} />
      </EmptyState>
    )
  }
  if (!read.data && !live) {
    return <EmptyState title={t('networks.not-live', { host: host.name })} />
  }
  return (
    <div className="net">
      <div className="net-list">
        <div className="net-list-bar">
          <span className="sub num">{read.data && t('networks.filter-count', { count: filters.length })}</span>
          <span className="grow" />
          <ActionButton variant="secondary" size="sm" disabledReason={noChange} onClick={() => setNew(true)}>
            {t('network.filter-new')}
          </ActionButton>
        </div>
        {!isNew && <CommandNote command={put} />}
        <table className="plain-table net-pick num">
          <thead>
            <tr>
              <th scope="col">{t('column.name')}</th>
              <th scope="col">{t('network.filter-used')}</th>
              <th scope="col">{t('network.filter-included')}</th>
            </tr>
          </thead>
          <tbody>
            {filters.map(({ name, usedBy, includedBy }) => (
              <tr key={name} className={name === chosen ? 'chosen' : ''}>
                <td>
                  <button type="button" className="net-name" aria-pressed={name === chosen} onClick={() => onChoose(name)}>
                    {name}
                  </button>
                </td>
                <td>{usedBy.length > 0 ? t('network.filter-machines', { count: usedBy.length }) : <span className="none">–</span>}</td>
                <td className="ellipsis">{includedBy.join(', ') || <span className="none">–</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {filter ? (
        <FilterDetail key={filter.name} filter={filter} host={host} noChange={noChange} onGone={() => onChoose(null)} />
      ) : (
        <div className="net-detail">
          <EmptyState title={t('network.filter-choose')}>
            <p>{t('network.filter-what')}</p>
          </EmptyState>
        </div>
      )}
      {isNew && (
        <XmlDialog
          title={t('network.filter-new-on', { host: host.name })}
          note={t('network.filter-note')}
          xml=""
          start={NEW_FILTER}
          submit={t('network.define')}
          command={put}
          onSubmit={(xml) => put.begin({ xml, expected: null })}
          onClose={() => setNew(false)}
        />
      )}
    </div>
  )
}

interface FilterDetailProps {
  readonly filter: NetworkFilter
  readonly host: Host
  readonly noChange: string | undefined
  readonly onGone: () => void
}

function FilterDetail({ filter, host, noChange, onGone }: FilterDetailProps) {
  const i18n = useI18n()
  const { t } = i18n
  const [dialog, setDialog] = useState<'edit' | 'remove' | null>(null)
  const put = useNetworkCommand('putFilter', (api, input: { xml: string; expected: string | null }) =>
    api.networks.putFilter({ hostId: host.id, ...input }),
  )
  const remove = useNetworkCommand('removeFilter', (api, name: string) => api.networks.removeFilter({ hostId: host.id, name }))
  const users = [...filter.usedBy, ...filter.includedBy]
  const blocked = noChange ?? (put.isBusy || remove.isBusy ? t('networks.busy') : undefined)
  const noRemove = blocked ?? (users.length > 0 ? t('error.network.filter-in-use', { name: filter.name, by: users.join(', ') }) : undefined)
  return (
    <section className="net-detail" aria-label={filter.name}>
      <header className="net-detail-head">
        <h2 className="ellipsis">{filter.name}</h2>
        <span className="grow" />
        <ActionButton variant="secondary" size="sm" disabledReason={blocked} onClick={() => setDialog('edit')}>
          {t('network.edit-xml-do')}
        </ActionButton>
        <ActionButton variant="secondary" size="sm" disabledReason={noRemove} isLoading={remove.isBusy} onClick={() => setDialog('remove')}>
          {t('network.remove-ask')}
        </ActionButton>
      </header>
      {dialog !== 'edit' && <CommandNote command={put} />}
      <CommandNote command={remove} />
      <Panel title={t('network.filter-users')}>
        {users.length === 0 ? (
          <p className="sub">{t('network.filter-unused')}</p>
        ) : (
          <ul className="net-users">
            {filter.usedBy.map((name) => (
              <li key={`m/${name}`}>{name}</li>
            ))}
            {filter.includedBy.map((name) => (
              <li key={`f/${name}`}>{t('network.filter-included-by', { name })}</li>
            ))}
          </ul>
        )}
      </Panel>
      <Panel title={t('network.definition')}>
        <XmlView label={t('network.xml-text')} text={filter.xml} />
      </Panel>
      {dialog === 'edit' && (
        <XmlDialog
          title={t('network.edit-xml', { name: filter.name })}
          note={t('network.filter-edit-note', { count: filter.usedBy.length })}
          xml={filter.xml}
          submit={t('network.define')}
          command={put}
          onSubmit={(xml) => put.begin({ xml, expected: filter.xml })}
          onClose={() => setDialog(null)}
        />
      )}
      {dialog === 'remove' && (
        <ConfirmDialog
          title={t('network.filter-remove-title', { name: filter.name })}
          confirm={t('network.filter-remove')}
          cancel={t('action.keep')}
          danger
          busy={remove.isBusy}
          onConfirm={() =>
            remove.begin(filter.name, () => {
              setDialog(null)
              onGone()
            })
          }
          onCancel={() => setDialog(null)}
        >
          <p>{t('network.filter-remove-text')}</p>
          {remove.error && <p className="bad-text">{i18n.error(remove.error)}</p>}
        </ConfirmDialog>
      )}
    </section>
  )
}
