import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core'
import { RhUiLockIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-lock-icon'
import { useId, useState } from 'react'
import { useApiCommand } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useSession } from '../../lib/session/index.ts'
import { FieldRow } from './form-fields.tsx'
import { keyNote } from './key-note.ts'
import { SecretText } from './secret-text.tsx'

export interface SecretField {
  readonly name: string
  readonly label: string
  readonly multiline: boolean
}

export interface SecretFieldsProps {
  readonly providerId: string
  readonly fields: readonly SecretField[]
  readonly values: Readonly<Record<string, string>>
  readonly remember: boolean
  /** There may be kept ones already: an empty field leaves them. */
  readonly editing: boolean
  /** What is kept was for another target than the form names now: it is not used. */
  readonly outdated: boolean
  readonly onChange: (name: string, value: string) => void
  readonly onRemember: (remember: boolean) => void
}

/** Passwords and passphrases: never filled in, sent once. Says where they will be kept. */
export function SecretFields({ providerId, fields, values, remember, editing, outdated, onChange, onRemember }: SecretFieldsProps) {
  const i18n = useI18n()
  const { t } = i18n
  const any = fields.some((field) => (values[field.name] ?? '') !== '')
  return (
    <>
      {fields.map((field) => (
        <FieldRow
          key={field.name}
          label={i18n.optional(`secret.${providerId}.${field.name}`) ?? field.label}
          help={
            editing
              ? t(outdated ? 'secrets.type-again' : 'secrets.kept-if-empty')
              : i18n.optional(`secret.${providerId}.${field.name}.help`)
          }
        >
          {({ id, describedBy }) =>
            field.multiline ? (
              <SecretText
                id={id}
                describedBy={describedBy}
                value={values[field.name] ?? ''}
                note={keyNote(providerId, field.name, values[field.name] ?? '')}
                onChange={(text) => onChange(field.name, text)}
              />
            ) : (
              <input
                id={id}
                type="password"
                className="text-input"
                value={values[field.name] ?? ''}
                aria-describedby={describedBy}
                autoComplete="new-password"
                onChange={(event) => onChange(field.name, event.target.value)}
              />
            )
          }
        </FieldRow>
      ))}
      <div className="field">
        <span className="field-label" />
        <div>
          <label className="check-line">
            <input type="checkbox" className="check-input" checked={remember} onChange={(event) => onRemember(event.target.checked)} />
            {t('secrets.remember')}
          </label>
          <SecretPlace asked={any && remember} />
        </div>
      </div>
    </>
  )
}

/** Where secrets are kept here, and the way to open that place. */
export function SecretPlace({ asked = true }: { readonly asked?: boolean }) {
  const { t } = useI18n()
  const { info } = useSession()
  const [unlocking, setUnlocking] = useState(false)
  if (!info) return null
  const { kind, locked, reason } = info.secretStore
  return (
    <div className={`secret-place${locked && asked ? ' warn' : ''}`}>
      <div className="form-note">
        {t(locked ? 'secrets.place.locked' : `secrets.place.${kind}`)}
        {reason && kind !== 'keychain' && (
          <details>
            <summary>{t('secrets.no-keychain')}</summary>
            {reason}
          </details>
        )}
      </div>
      {locked && (
        <Button variant="secondary" size="sm" icon={<RhUiLockIcon />} onClick={() => setUnlocking(true)}>
          {t('secrets.unlock')}
        </Button>
      )}
      {unlocking && <UnlockDialog onClose={() => setUnlocking(false)} />}
    </div>
  )
}

/** Opens the sealed file of secrets, or creates it with the first passphrase. */
export function UnlockDialog({ onClose }: { readonly onClose: () => void }) {
  const i18n = useI18n()
  const { t } = i18n
  const id = useId()
  const [passphrase, setPassphrase] = useState('')
  const [wrong, setWrong] = useState(false)
  const unlock = useApiCommand('system.unlockSecrets', (api, given: string) => api.system.unlockSecrets({ passphrase: given }))
  const run = () => {
    setWrong(false)
    unlock.mutate(passphrase, { onSuccess: (answer) => (answer.unlocked ? onClose() : setWrong(true)) })
  }
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-label={t('secrets.unlock-title')} elementToFocus={`#${CSS.escape(id)}`}>
      <ModalHeader title={t('secrets.unlock-title')} />
      <ModalBody>
        <form
          id={`${id}-form`}
          onSubmit={(event) => {
            event.preventDefault()
            // The dialog stands elsewhere in the page, but React passes its events to the form that opened it.
            event.stopPropagation()
            if (passphrase !== '') run()
          }}
        >
          <p className="dialog-text">{t('secrets.unlock-text')}</p>
          <label htmlFor={id} className="dialog-label">
            {t('secrets.passphrase')}
          </label>
          <input
            id={id}
            type="password"
            className="text-input"
            value={passphrase}
            autoComplete="current-password"
            aria-invalid={wrong}
            onChange={(event) => setPassphrase(event.target.value)}
          />
          {wrong && <p className="form-note bad-text">{t('secrets.wrong')}</p>}
          {unlock.error && <p className="form-note bad-text">{i18n.error(unlock.error)}</p>}
        </form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={`${id}-form`} isDisabled={passphrase === '' || unlock.isPending} isLoading={unlock.isPending}>
          {t('secrets.unlock-do')}
        </Button>
        <Button variant="secondary" onClick={onClose}>
          {t('action.cancel')}
        </Button>
      </ModalFooter>
    </Modal>
  )
}
