import { Button } from '@patternfly/react-core'
import { useRef, useState } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { CheckField, ListField, RadioField, SelectField, TextField } from '../fields/fields.tsx'
import type { FirstStartDraft, FormState } from '../model/draft.ts'
import { keysOf } from '../model/public-keys.ts'
import { Section } from './section.tsx'
import { UserDataEditor } from './user-data-editor.tsx'

export interface StartSectionProps {
  readonly draft: FirstStartDraft
  readonly kind: FormState['firstStart']
  /** The user that the image's makers let in. */
  readonly usualUser: string | null
  /** Several machines: a fixed address is the first one's. */
  readonly several: boolean
  /** Why nothing of it may be chosen; null: it may. */
  readonly locked: string | null
  readonly onKind: (kind: FormState['firstStart']) => void
  readonly set: (path: string, value: unknown) => void
}

export function StartSection(props: StartSectionProps) {
  const { t } = useI18n()
  const { kind, locked } = props
  if (locked !== null) {
    return (
      <Section id="start">
        <p className="form-note">{locked}</p>
      </Section>
    )
  }
  return (
    <Section id="start">
      <RadioField
        label={t('build.first-start')}
        name="build-first-start"
        value={kind}
        choices={(['choices', 'user-data', 'none'] as const).map((id) => ({
          id,
          label: t(`build.first-start.${id}`),
          help: t(`build.first-start.${id}.help`),
        }))}
        onChange={props.onKind}
      />
      {kind === 'choices' && <Choices {...props} />}
      {kind === 'user-data' && (
        <>
          <UserDataEditor path="cloudInit.userData" />
          <NetworkFields {...props} />
          <TextField path="cloudInit.domain" placeholder="example.org" />
        </>
      )}
    </Section>
  )
}

function Choices(props: StartSectionProps) {
  const { t } = useI18n()
  const { draft, usualUser, set } = props
  const [more, setMore] = useState(false)
  const named = draft.user.name !== ''
  return (
    <>
      <TextField
        path="cloudInit.user.name"
        placeholder={usualUser ?? 'admin'}
        maxLength={32}
        note={!named && usualUser !== null ? t('build.user-of-image', { user: usualUser }) : undefined}
      />
      <KeysField
        keys={draft.user.sshKeys}
        disabled={!named}
        onAdd={(keys) => set('cloudInit.user.sshKeys', [...draft.user.sshKeys, ...keys])}
      />
      <TextField path="cloudInit.user.password" secret disabled={!named} />
      <NetworkFields {...props} />
      <ListField path="cloudInit.packages" apart="words" placeholder="nginx htop" />
      <CheckField path="cloudInit.guestAgent" />
      <Button variant="link" isInline aria-expanded={more} className="build-expand" onClick={() => setMore(!more)}>
        {t(more ? 'connection.fewer-options' : 'connection.more-options')}
      </Button>
      {more && (
        <>
          <TextField path="cloudInit.user.fullName" disabled={!named} />
          <SelectField
            path="cloudInit.user.sudo"
            disabled={!named}
            choices={(['no-password', 'password', 'none'] as const).map((id) => ({ id, label: t(`build.sudo.${id}`) }))}
          />
          <TextField path="cloudInit.user.shell" disabled={!named} mono />
          <CheckField path="cloudInit.upgrade" />
          <TextField path="cloudInit.domain" placeholder="example.org" />
          <TextField path="cloudInit.locale" placeholder="de_DE.UTF-8" />
          <TextField path="cloudInit.keyboard" placeholder="de" short />
          <TextField path="cloudInit.timezone" placeholder="Europe/Berlin" />
        </>
      )}
    </>
  )
}

function NetworkFields({ draft, several }: StartSectionProps) {
  const { t } = useI18n()
  return (
    <>
      <SelectField
        path="cloudInit.network.kind"
        choices={(['image', 'dhcp', 'static'] as const).map((id) => ({ id, label: t(`build.address.${id}`) }))}
      />
      {draft.network.kind === 'static' && (
        <>
          <TextField
            path="cloudInit.network.address"
            placeholder="192.0.2.10/24"
            mono
            note={several ? t('build.address-first') : undefined}
          />
          <TextField path="cloudInit.network.gateway" placeholder="192.0.2.1" mono />
          <ListField path="cloudInit.network.dns" apart="words" placeholder="192.0.2.53" mono />
        </>
      )}
    </>
  )
}

const MAX_KEY_FILE_BYTES = 256_000

interface KeysFieldProps {
  readonly keys: readonly string[]
  readonly disabled: boolean
  readonly onAdd: (keys: readonly string[]) => void
}

/** Public keys, pasted or read from files. A private key that somebody takes by mistake is refused and forgotten. */
function KeysField({ keys, disabled, onAdd }: KeysFieldProps) {
  const { t } = useI18n()
  const input = useRef<HTMLInputElement>(null)
  const [refused, setRefused] = useState<string | null>(null)

  async function read(files: readonly File[]) {
    setRefused(null)
    const found: string[] = []
    for (const file of files) {
      const answer = file.size > MAX_KEY_FILE_BYTES ? null : keysOf(await file.text())
      if (answer === null || answer.kind === 'none') setRefused(t('build.key-file.none', { file: file.name }))
      else if (answer.kind === 'private') setRefused(t('build.key-file.private', { file: file.name }))
      else found.push(...answer.keys.filter((key) => !keys.includes(key) && !found.includes(key)))
    }
    if (found.length > 0) onAdd(found)
  }

  return (
    <ListField
      path="cloudInit.user.sshKeys"
      apart="lines"
      rows={Math.min(6, Math.max(2, keys.length + 1))}
      mono
      disabled={disabled}
      placeholder="ssh-ed25519 AAAA… maja@workstation"
      note={refused !== null ? <span className="bad-text">{refused}</span> : disabled ? t('build.user-first') : undefined}
    >
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t('build.key-file')}
        onChange={(event) => {
          void read([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
      <div className="build-row">
        <Button variant="link" isInline isDisabled={disabled} onClick={() => input.current?.click()}>
          {t('build.key-file')}
        </Button>
      </div>
    </ListField>
  )
}
