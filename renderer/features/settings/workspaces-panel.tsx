import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import type { Workspace } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useTable } from '../../lib/live/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { ConfirmDialog, Panel } from '../../ui/index.ts'

/** The workspaces there are: named, renamed, removed. The demo goes like any other. */
export function WorkspacesPanel() {
  const i18n = useI18n()
  const { t } = i18n
  const writable = usePermissions()('connection.write')
  const workspaces = [...useTable('workspace')].sort((a, b) => a.createdAtMs - b.createdAtMs)
  const [name, setName] = useState('')
  const [removing, setRemoving] = useState<Workspace | null>(null)
  const create = useApiCommand('workspaces.create', (api, wanted: string) => api.workspaces.create({ name: wanted }))
  const remove = useApiCommand('workspaces.remove', (api, workspaceId: Workspace['id']) => api.workspaces.remove({ workspaceId }))
  const error = create.error
  return (
    <Panel title={t('settings.workspaces')}>
      <ul className="workspace-list">
        {workspaces.map((workspace) => (
          <WorkspaceLine key={workspace.id} workspace={workspace} writable={writable} onRemove={() => setRemoving(workspace)} />
        ))}
      </ul>
      {writable && (
        <form
          className="workspace-add"
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() !== '') create.mutate(name.trim(), { onSuccess: () => setName('') })
          }}
        >
          <input
            className="text-input"
            aria-label={t('settings.workspace-name')}
            placeholder={t('settings.workspace-name')}
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <Button type="submit" variant="secondary" isDisabled={name.trim() === '' || create.isPending}>
            {t('settings.workspace-add')}
          </Button>
        </form>
      )}
      {error && <p className="bad-text">{i18n.error(error)}</p>}
      {removing && (
        <ConfirmDialog
          title={t('settings.workspace-remove-title', { name: removing.name })}
          confirm={t('settings.workspace-remove-do')}
          cancel={t('action.keep')}
          danger
          busy={remove.isPending}
          onConfirm={() => remove.mutate(removing.id, { onSuccess: () => setRemoving(null) })}
          onCancel={() => setRemoving(null)}
        >
          <p>{t('settings.workspace-remove-text')}</p>
          {remove.error && <p className="bad-text">{i18n.error(remove.error)}</p>}
        </ConfirmDialog>
      )}
    </Panel>
  )
}

interface WorkspaceLineProps {
  readonly workspace: Workspace
  readonly writable: boolean
  readonly onRemove: () => void
}

function WorkspaceLine({ workspace, writable, onRemove }: WorkspaceLineProps) {
  const i18n = useI18n()
  const { t } = i18n
  const [draft, setDraft] = useState<string | null>(null)
  const connections = useTable('connection').filter((one) => one.workspaceId === workspace.id).length
  const rename = useApiCommand('workspaces.rename', (api, name: string) => api.workspaces.rename({ workspaceId: workspace.id, name }))
  return (
    <li>
      {draft === null ? (
        <>
          <b className="ellipsis">{workspace.name}</b>
          {workspace.demo && <span className="count">{t('workspace.demo')}</span>}
          <span className="sub num">{t('settings.connections', { count: connections })}</span>
          <span className="grow" />
          {writable && (
            <>
              <Button variant="link" isInline onClick={() => setDraft(workspace.name)}>
                {t('settings.workspace-rename')}
              </Button>
              <Button variant="link" isInline onClick={onRemove}>
                {t('settings.workspace-remove')}
              </Button>
            </>
          )}
        </>
      ) : (
        <form
          className="workspace-add"
          onSubmit={(event) => {
            event.preventDefault()
            if (draft.trim() !== '') rename.mutate(draft.trim(), { onSuccess: () => setDraft(null) })
          }}
        >
          <input
            className="text-input"
            aria-label={t('settings.workspace-name')}
            maxLength={100}
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
          />
          <Button type="submit" variant="secondary" isDisabled={draft.trim() === '' || rename.isPending}>
            {t('settings.workspace-rename')}
          </Button>
          <Button variant="link" onClick={() => setDraft(null)}>
            {t('action.cancel')}
          </Button>
          {rename.error && <span className="bad-text">{i18n.error(rename.error)}</span>}
        </form>
      )}
    </li>
  )
}
