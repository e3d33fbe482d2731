import { Divider, Dropdown, DropdownItem, DropdownList, MenuToggle } from '@patternfly/react-core'
import { useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { useI18n } from '../lib/i18n/index.ts'
import { useIndexVersion, useLive, useTable } from '../lib/live/index.ts'
import { paths } from '../lib/paths.ts'
import { rememberWorkspace, usePermissions, useWorkspaceId } from '../lib/session/index.ts'
import { Chevron } from '../ui/index.ts'
import { NameWorkspaceDialog, RemoveWorkspaceDialog } from './workspace-dialogs.tsx'

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  return (words.length > 1 ? `${words[0]?.[0] ?? ''}${words[1]?.[0] ?? ''}` : name.slice(0, 2)).toUpperCase()
}

export function WorkspaceSwitcher() {
  const { t, format } = useI18n()
  const navigate = useNavigate()
  const { index } = useLive()
  const [open, setOpen] = useState(false)
  const [dialog, setDialog] = useState<'new' | 'rename' | 'remove' | null>(null)
  const may = usePermissions()
  const toggle = useRef<HTMLButtonElement>(null)
  const workspaces = [...useTable('workspace')].sort((a, b) => a.name.localeCompare(b.name))
  const current = useWorkspaceId()
  const workspace = workspaces.find((one) => one.id === current)
  useIndexVersion()
  const name = workspace?.name ?? t('workspace.none')
  return (
    <>
      <Dropdown
        isOpen={open}
        onOpenChange={setOpen}
        toggle={{
          toggleRef: toggle,
          toggleNode: (
            <MenuToggle ref={toggle} variant="plain" className="workspace" onClick={() => setOpen(!open)} isExpanded={open}>
              <span className="workspace-mark" aria-hidden data-initials={initials(name)} />
              <span className="visually-hidden">{t('workspace.label')}</span>
              <span className="workspace-name ellipsis">{name}</span>
              {workspace?.demo && <span className="count">{t('workspace.demo')}</span>}
              <Chevron open />
            </MenuToggle>
          ),
        }}
      >
        <DropdownList>
          {workspaces.map((one) => (
            <DropdownItem
              key={one.id}
              isSelected={one.id === current}
              description={t('fleet.machines', {
                count: index.count(`workspace/${one.id}`),
                shown: format.number(index.count(`workspace/${one.id}`)),
              })}
              onClick={() => {
                rememberWorkspace(one.id)
                setOpen(false)
                void navigate(paths.fleet())
              }}
            >
              {one.name}
            </DropdownItem>
          ))}
          {workspaces.length > 0 && <Divider component="li" />}
          {may('connection.write') && <DropdownItem onClick={() => ask('new')}>{t('workspace.create')}</DropdownItem>}
          {workspace && !workspace.demo && may('connection.write') && (
            <DropdownItem onClick={() => ask('rename')}>{t('workspace.rename')}</DropdownItem>
          )}
          {workspace && may('connection.write') && (
            <DropdownItem onClick={() => ask('remove')}>{t(workspace.demo ? 'workspace.remove-demo' : 'workspace.remove')}</DropdownItem>
          )}
          <Divider component="li" />
          <DropdownItem onClick={() => goTo(paths.addHost())}>{t('connection.add')}</DropdownItem>
          <DropdownItem onClick={() => goTo(paths.connections())}>{t('connection.manage')}</DropdownItem>
          <DropdownItem onClick={() => goTo(paths.settings())}>{t('settings.title')}</DropdownItem>
        </DropdownList>
      </Dropdown>
      {(dialog === 'new' || dialog === 'rename') && (
        <NameWorkspaceDialog workspace={dialog === 'rename' ? (workspace ?? null) : null} onClose={() => setDialog(null)} />
      )}
      {dialog === 'remove' && workspace && <RemoveWorkspaceDialog workspace={workspace} onClose={() => setDialog(null)} />}
    </>
  )

  function ask(what: 'new' | 'rename' | 'remove') {
    setOpen(false)
    setDialog(what)
  }

  function goTo(path: string) {
    setOpen(false)
    void navigate(path)
  }
}
