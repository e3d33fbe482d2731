import { Button, Form, FormGroup, Modal, ModalBody, ModalFooter, ModalHeader, TextInput } from '@patternfly/react-core'
import { type ReactNode, useId, useState } from 'react'
import { toWireError } from '../../../shared/errors/index.ts'
import type { Machine } from '../../../shared/model/index.ts'
import { useApiCommand } from '../../lib/api/index.ts'
import { useT } from '../../lib/i18n/index.ts'
import { Banner, Problem } from '../../ui/index.ts'

interface GuestDialogProps {
  readonly machine: Machine
  readonly onDone: (user: string) => void
  readonly onClose: () => void
}

/** A new password for a user inside the guest. It goes there and nowhere else. */
export function PasswordDialog({ machine, onDone, onClose }: GuestDialogProps) {
  const t = useT()
  const [user, setUser] = useState('root')
  const [password, setPassword] = useState('')
  const set = useApiCommand('guest.setPassword', (api) => api.guest.setPassword({ machineId: machine.id, user: user.trim(), password }))
  return (
    <GuestDialog
      title={t('guest.password-title', { name: machine.name })}
      save={t('guest.password-do')}
      ready={user.trim() !== '' && password !== ''}
      command={set}
      onSave={() => set.mutate(undefined, { onSuccess: () => onDone(user.trim()) })}
      onClose={onClose}
    >
      <UserField value={user} onChange={setUser} />
      <FormGroup label={t('guest.new-password')} fieldId="guest-password">
        <TextInput
          id="guest-password"
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(_event, value) => setPassword(value)}
        />
      </FormGroup>
    </GuestDialog>
  )
}

/** Public keys whose owners may log in as a user of the guest. Those that are there stay. */
export function KeysDialog({ machine, onDone, onClose }: GuestDialogProps) {
  const t = useT()
  const id = useId()
  const [user, setUser] = useState('root')
  const [text, setText] = useState('')
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const add = useApiCommand('guest.addSshKeys', (api) => api.guest.addSshKeys({ machineId: machine.id, user: user.trim(), keys }))
  return (
    <GuestDialog
      title={t('guest.keys-title', { name: machine.name })}
      save={t('guest.keys-do', { count: Math.max(1, keys.length) })}
      ready={user.trim() !== '' && keys.length > 0}
      command={add}
      onSave={() => add.mutate(undefined, { onSuccess: () => onDone(user.trim()) })}
      onClose={onClose}
    >
      <UserField value={user} onChange={setUser} />
      <FormGroup label={t('guest.public-keys')} fieldId={id}>
        <textarea
          id={id}
          className="text-input mono guest-keys"
          rows={5}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <p className="form-note">{t('guest.public-keys-help')}</p>
      </FormGroup>
    </GuestDialog>
  )
}

function UserField({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  const t = useT()
  return (
    <FormGroup label={t('guest.user')} fieldId="guest-user">
      <TextInput id="guest-user" value={value} maxLength={256} autoComplete="off" onChange={(_event, text) => onChange(text)} />
    </FormGroup>
  )
}

interface FrameProps {
  readonly title: string
  readonly save: string
  readonly ready: boolean
  readonly command: { readonly error: Error | null; readonly isPending: boolean }
  readonly onSave: () => void
  readonly onClose: () => void
  readonly children: ReactNode
}

function GuestDialog({ title, save, ready, command, onSave, onClose, children }: FrameProps) {
  const t = useT()
  return (
    <Modal isOpen variant="small" aria-label={title} onClose={onClose} elementToFocus="#guest-user">
      <ModalHeader title={title} />
      <ModalBody>
        <Form
          id="guest-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (ready && !command.isPending) onSave()
          }}
        >
          {children}
          {command.error && (
            <Banner tone="bad">
              <Problem error={toWireError(command.error)} />
            </Banner>
          )}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button variant="primary" type="submit" form="guest-form" isDisabled={!ready || command.isPending} isLoading={command.isPending}>
          {save}
        </Button>
        <Button variant="secondary" onClick={onClose}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
