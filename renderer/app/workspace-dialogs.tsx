import {
  Button,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from '@patternfly/react-core'
import { useState } from 'react'
import type { Workspace } from '../../shared/model/index.ts'
import { useApiCommand } from '../lib/api/index.ts'
import { useI18n } from '../lib/i18n/index.ts'
import { useLive } from '../lib/live/index.ts'
import { useOpenWorkspace } from '../lib/session/index.ts'
import { ConfirmDialog } from '../ui/index.ts'

export interface NameWorkspaceProps {
  /** The one to rename; null: a new one. */
  readonly workspace: Workspace | null
  readonly onClose: () => void
}

export function NameWorkspaceDialog({ workspace, onClose }: NameWorkspaceProps) {
  const i18n = useI18n()
  const { t } = i18n
  const openWorkspace = useOpenWorkspace()
  const [name, setName] = useState(workspace?.name ?? '')
  const create = useApiCommand('workspaces.create', (api, wanted: string) => api.workspaces.create({ name: wanted }))
  const rename = useApiCommand('workspaces.rename', (api, input: { workspaceId: Workspace['id']; name: string }) =>
    api.workspaces.rename(input),
  )
  const error = create.error ?? rename.error
  const wanted = name.trim()
  const title = workspace ? t('workspace.rename-title', { name: workspace.name }) : t('workspace.create')
  const save = () => {
    if (wanted === '') return
    if (workspace) rename.mutate({ workspaceId: workspace.id, name: wanted }, { onSuccess: onClose })
    else
      create.mutate(wanted, {
        onSuccess: (made) => {
          onClose()
          void openWorkspace(made.id)
        },
      })
  }
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onClose} elementToFocus="#workspace-name">
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id="workspace-form"
          onSubmit={(event) => {
            event.preventDefault()
            save()
          }}
        >
          <FormGroup label={t('workspace.name')} fieldId="workspace-name">
            <TextInput
              id="workspace-name"
              value={name}
              maxLength={100}
              onChange={(_event, value) => setName(value)}
              validated={error ? 'error' : 'default'}
            />
            {error && (
              <FormHelperText>
                <HelperText>
                  <HelperTextItem variant="error">{i18n.error(error)}</HelperTextItem>
                </HelperText>
              </FormHelperText>
            )}
          </FormGroup>
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form="workspace-form" isDisabled={wanted === '' || create.isPending || rename.isPending}>
          {workspace ? t('workspace.rename-do') : t('workspace.create-do')}
        </Button>
        <Button variant="secondary" onClick={onClose}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}

/** Forgets a workspace; says what is forgotten and that nothing on any host changes. The demo goes in one click. */
export function RemoveWorkspaceDialog({ workspace, onClose }: { readonly workspace: Workspace; readonly onClose: () => void }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const { store, index } = useLive()
  const remove = useApiCommand('workspaces.remove', (api, workspaceId: Workspace['id']) => api.workspaces.remove({ workspaceId }))
  const connections = [...store.tables.connection.values()].filter((one) => one.workspaceId === workspace.id).length
  const machines = index.count(`workspace/${workspace.id}`)
  return (
    <ConfirmDialog
      title={t('workspace.remove-title', { name: workspace.name })}
      confirm={t('workspace.remove-do')}
      cancel={t('action.keep')}
      danger
      busy={remove.isPending}
      onCancel={onClose}
      onConfirm={() => remove.mutate(workspace.id, { onSuccess: onClose })}
    >
      <p>{t('workspace.remove-text', { connections, machines, shown: format.number(machines) })}</p>
      {remove.error && <p className="dialog-problem">{i18n.error(remove.error)}</p>}
    </ConfirmDialog>
  )
}
