import { Divider, MenuItem, MenuList } from '@patternfly/react-core'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useI18n } from '../lib/i18n/index.ts'
import { useIndexVersion, useLive, useTable } from '../lib/live/index.ts'
import { paths } from '../lib/paths.ts'
import { rememberWorkspace, usePermissions, useWorkspaceId } from '../lib/session/index.ts'
import { Chevron, MenuButton } from '../ui/index.ts'
import { NameWorkspaceDialog, RemoveWorkspaceDialog } from './workspace-dialogs.tsx'

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  return (words.length > 1 ? `${words[0]?.[0] ?? ''}${words[1]?.[0] ?? ''}` : name.slice(0, 2)).toUpperCase()
}

export function WorkspaceSwitcher() {
  const { t, format } = useI18n()
  const navigate = useNavigate()
  const { index } = useLive()
  const [dialog, setDialog] = useState<'new' | 'rename' | 'remove' | null>(null)
  const may = usePermissions()
  const workspaces = [...useTable('workspace')].sort((a, b) => a.name.localeCompare(b.name))
  const current = useWorkspaceId()
  const workspace = workspaces.find((one) => one.id === current)
  useIndexVersion()
  const name = workspace?.name ?? t('workspace.none')
  const toggle = {
    variant: 'plain',
    className: 'workspace',
    children: (
      <>
        <span className="workspace-mark" aria-hidden data-initials={initials(name)} />
        <span className="visually-hidden">{t('workspace.label')}</span>
        <span className="workspace-name ellipsis">{name}</span>
        {workspace?.demo && <span className="count">{t('workspace.demo')}</span>}
        <Chevron open />
      </>
    ),
  } as const
  const pick = (close: () => void, run: () => void) => () => {
    close()
    run()
  }
  return (
    <>
      <MenuButton toggle={toggle} label={t('workspace.label')}>
        {(close) => (
          <MenuList>
            {workspaces.map((one) => (
              <MenuItem
                key={one.id}
                isSelected={one.id === current}
                description={t('fleet.machines', {
                  count: index.count(`workspace/${one.id}`),
                  shown: format.number(index.count(`workspace/${one.id}`)),
                })}
                onClick={pick(close, () => {
                  rememberWorkspace(one.id)
                  void navigate(paths.fleet())
                })}
              >
                {one.name}
              </MenuItem>
            ))}
            {workspaces.length > 0 && <Divider component="li" />}
            {may('connection.write') && <MenuItem onClick={pick(close, () => setDialog('new'))}>{t('workspace.create')}</MenuItem>}
            {workspace && !workspace.demo && may('connection.write') && (
              <MenuItem onClick={pick(close, () => setDialog('rename'))}>{t('workspace.rename')}</MenuItem>
            )}
            {workspace && may('connection.write') && (
              <MenuItem onClick={pick(close, () => setDialog('remove'))}>
                {t(workspace.demo ? 'workspace.remove-demo' : 'workspace.remove')}
              </MenuItem>
            )}
            <Divider component="li" />
            <MenuItem onClick={pick(close, () => void navigate(paths.addHost()))}>{t('connection.add')}</MenuItem>
            <MenuItem onClick={pick(close, () => void navigate(paths.connections()))}>{t('connection.manage')}</MenuItem>
            <MenuItem onClick={pick(close, () => void navigate(paths.settings()))}>{t('settings.title')}</MenuItem>
          </MenuList>
        )}
      </MenuButton>
      {(dialog === 'new' || dialog === 'rename') && (
        <NameWorkspaceDialog workspace={dialog === 'rename' ? (workspace ?? null) : null} onClose={() => setDialog(null)} />
      )}
      {dialog === 'remove' && workspace && <RemoveWorkspaceDialog workspace={workspace} onClose={() => setDialog(null)} />}
    </>
  )
}
