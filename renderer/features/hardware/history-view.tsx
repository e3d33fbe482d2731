import { useState } from 'react'
import type { DefinitionVersion } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Banner, DiffView, EmptyState, Problem } from '../../ui/index.ts'
import { formKey } from './drafts.ts'
import { EditForm } from './edit-form.tsx'
import { useHardware } from './hardware-context.ts'
import { useHistory, useVersion } from './queries.ts'

/** The definitions that the machine had: who replaced each, when, by what; and the way back to one. */
export function HistoryView() {
  const i18n = useI18n()
  const { t } = i18n
  const { machine } = useHardware()
  const history = useHistory(machine.id)
  const [chosen, setChosen] = useState<string | null>(null)
  if (history.error && !history.data) {
    return (
      <Banner tone="bad">
        <Problem error={history.error} />
      </Banner>
    )
  }
  const versions = history.data ?? []
  if (history.data && versions.length === 0) {
    return (
      <EmptyState title={t('hw.history.empty')}>
        <p>{t('hw.history.empty-text')}</p>
      </EmptyState>
    )
  }
  const version = versions.find(({ id }) => id === chosen) ?? versions[0]
  return (
    <div className="hw-history">
      <div className="hw-versions">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">{t('hw.history.when')}</th>
              <th scope="col">{t('hw.history.who')}</th>
              <th scope="col">{t('hw.history.what')}</th>
            </tr>
          </thead>
          <tbody>
            {versions.map((each) => (
              <VersionRow key={each.id} version={each} isChosen={each.id === version?.id} onChoose={() => setChosen(each.id)} />
            ))}
          </tbody>
        </table>
      </div>
      {version && <VersionView key={version.id} version={version} />}
    </div>
  )
}

interface VersionRowProps {
  readonly version: DefinitionVersion
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function VersionRow({ version, isChosen, onChoose }: VersionRowProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { atMs, actor, origin, edit, definition } = version
  return (
    <tr className={isChosen ? 'chosen' : undefined}>
      <td className="num">
        <button type="button" aria-pressed={isChosen} className="hw-toggle" onClick={onChoose}>
          {format.when(atMs)}
        </button>
      </td>
      <td>{origin === 'outside' ? t('hw.history.outside') : (actor ?? origin)}</td>
      <td>
        {editWord(edit, i18n.optional)} {definition === 'running' && <span className="sub">{t('hw.history.running')}</span>}
      </td>
    </tr>
  )
}

function editWord(edit: string, optional: (key: string) => string | null): string {
  return optional(`hw.edit.${edit}`) ?? optional(`task.machine.${edit}`) ?? edit
}

/** What that change did, or what lies between then and now. */
function VersionView({ version }: { readonly version: DefinitionVersion }) {
  const i18n = useI18n()
  const { t } = i18n
  const { machine, view } = useHardware()
  const found = useVersion(machine.id, version.id)
  const [against, setAgainst] = useState<'after' | 'now'>('after')
  if (found.error)
    return (
      <Banner tone="bad">
        <Problem error={found.error} />
      </Banner>
    )
  if (!found.data) return null
  const { xml, after, back } = found.data
  const wanted = back?.xml ?? xml
  const now = version.definition === 'running' ? view.runningXml : view.keptXml
  const other = against === 'after' ? after : now
  return (
    <div className="hw-version">
      <div className="hw-bar">
        <span className="segmented" role="radiogroup" aria-label={t('hw.history.compare')}>
          {(['after', 'now'] as const).map((one) => (
            <button key={one} type="button" role="radio" aria-checked={against === one} onClick={() => setAgainst(one)}>
              {t(`hw.history.${one}`)}
            </button>
          ))}
        </span>
      </div>
      {other === null ? (
        <p className="sub panel-text">{t('hw.history.unknown')}</p>
      ) : other === xml ? (
        <p className="sub panel-text">{t('hw.history.same')}</p>
      ) : (
        <DiffView before={xml} after={other} label={t(`hw.history.${against}`)} />
      )}
      {version.definition === 'running' ? (
        <p className="sub panel-text">{t('hw.history.not-back')}</p>
      ) : (
        now !== wanted && (
          <EditForm
            formKey={formKey(machine.id, `back ${version.id}`)}
            edit={{ edit: 'setDefinition', xml: wanted }}
            save={t('hw.save.back')}
            showsChanges={against === 'after'}
          >
            <p>{t('hw.history.back-text', { time: i18n.format.when(version.atMs) })}</p>
            {back && <p>{t('hw.history.back-name', { was: back.was, name: machine.name })}</p>}
          </EditForm>
        )
      )}
    </div>
  )
}
