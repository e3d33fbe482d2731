import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { type AppError, toWireError } from '../../../../shared/errors/index.ts'
import type { FoundSource, HostId } from '../../../../shared/model/index.ts'
import { toPageError, useApi } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Problem } from '../../../ui/index.ts'
import { type PoolFormState, TextLine } from './form-line.tsx'
import { type PoolDraft, proposedPath, withSource } from './pool-draft.ts'

export interface SourceFieldsProps {
  readonly hostId: HostId
  /** The host can be asked what it has. */
  readonly isLive: boolean
  readonly form: PoolFormState
}

/** Where the bytes of the pool are to be, by its type. */
export function SourceFields({ hostId, isLive, form }: SourceFieldsProps) {
  const { t } = useI18n()
  const { draft, put } = form
  const finder = <Finder hostId={hostId} isLive={isLive} form={form} />
  switch (draft.type) {
    case 'dir':
      return (
        <TextLine form={form} field="path" proposed={proposedPath(draft)} mono note={t('storage.field.path.note')}>
          <Suggestions paths={['/var/lib/libvirt/images', '/srv/images', '/srv/iso']} form={form} />
        </TextLine>
      )
    case 'netfs':
      return (
        <>
          <TextLine form={form} field="server" placeholder="nas-1.example.org">
            {finder}
          </TextLine>
          <TextLine form={form} field="exportPath" placeholder="/export/vm" mono />
          <Select
            label={t('column.format')}
            id="pool-format"
            value={draft.format}
            options={['auto', 'nfs', 'glusterfs', 'cifs']}
            onChange={(format) => put({ format })}
          />
          <TextLine form={form} field="path" proposed={proposedPath(draft)} mono note={t('storage.field.mount.note')} />
        </>
      )
    case 'logical':
      return (
        <>
          <TextLine form={form} field="group" placeholder="vg0">
            {finder}
          </TextLine>
          {draft.build && (
            <TextLine form={form} field="devices" placeholder="/dev/sdb /dev/sdc" mono note={t('storage.field.devices.note')} />
          )}
        </>
      )
    case 'disk':
      return (
        <>
          <TextLine form={form} field="device" placeholder="/dev/sdb" mono>
            {finder}
          </TextLine>
          <Select
            label={t('storage.field.label')}
            id="pool-label"
            value={draft.label}
            options={['gpt', 'dos']}
            onChange={(label) => put({ label })}
          />
        </>
      )
    case 'iscsi':
      return (
        <>
          <TextLine form={form} field="server" placeholder="san-1.example.org">
            {finder}
          </TextLine>
          <TextLine form={form} field="target" placeholder="iqn.2026-01.org.example:storage" mono />
          <Login form={form} note={t('storage.field.chap.note')} />
        </>
      )
    case 'rbd':
      return (
        <>
          <TextLine form={form} field="monitors" placeholder="mon-1 mon-2 mon-3" note={t('storage.field.monitors.note')} />
          <TextLine form={form} field="cephPool" placeholder="vm" />
          <Login form={form} note={t('storage.field.ceph.note')} />
        </>
      )
    case 'zfs':
      return (
        <>
          <TextLine form={form} field="zpool" placeholder="tank">
            {finder}
          </TextLine>
          {draft.build && (
            <TextLine form={form} field="devices" placeholder="/dev/sdb /dev/sdc" mono note={t('storage.field.devices.note')} />
          )}
        </>
      )
    case 'scsi':
      return (
        <TextLine form={form} field="adapter" placeholder="host2" mono>
          {finder}
        </TextLine>
      )
  }
}

function Login({ form, note }: { readonly form: PoolFormState; readonly note: string }) {
  return (
    <>
      <TextLine form={form} field="user" />
      <TextLine form={form} field="password" secret note={note} />
    </>
  )
}

function Suggestions({ paths, form }: { readonly paths: readonly string[]; readonly form: PoolFormState }) {
  const { t } = useI18n()
  return (
    <p className="storage-suggestions">
      <span className="sub">{t('storage.suggested')}</span>
      {paths.map((path) => (
        <Button key={path} variant="link" isInline onClick={() => form.put({ path })}>
          <span className="mono small">{path}</span>
        </Button>
      ))}
    </p>
  )
}

interface SelectProps<T extends string> {
  readonly id: string
  readonly label: string
  readonly value: T
  readonly options: readonly T[]
  readonly onChange: (value: T) => void
}

function Select<T extends string>({ id, label, value, options, onChange }: SelectProps<T>) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="text-input storage-short"
        value={value}
        onChange={(event) => {
          const chosen = options.find((one) => one === event.target.value)
          if (chosen !== undefined) onChange(chosen)
        }}
      >
        {options.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </div>
  )
}

/** Has the host look for what it could make a pool of. */
function Finder({ hostId, isLive, form }: SourceFieldsProps) {
  const { t } = useI18n()
  const api = useApi()
  const [found, setFound] = useState<readonly FoundSource[] | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [isLooking, setLooking] = useState(false)
  const { draft, put } = form
  const { type } = draft
  const asksServer = type === 'netfs' || type === 'iscsi'

  async function look() {
    setLooking(true)
    setError(null)
    try {
      setFound(await api.storage.find({ hostId, type, server: asksServer ? draft.server.trim() : null }))
    } catch (thrown) {
      setFound(null)
      setError(toPageError(thrown))
    } finally {
      setLooking(false)
    }
  }

  return (
    <div className="storage-finder">
      <Button
        variant="secondary"
        size="sm"
        isDisabled={!isLive || (asksServer && draft.server.trim() === '')}
        isLoading={isLooking}
        onClick={() => void look()}
      >
        {t(`storage.find.${type}` as 'storage.find.netfs')}
      </Button>
      {asksServer && draft.server.trim() === '' && <span className="form-note">{t('storage.find.server-first')}</span>}
      {error && <Problem error={toWireError(error)} />}
      {found?.length === 0 && <p className="form-note">{t('storage.find.nothing')}</p>}
      {found && found.length > 0 && (
        <ul aria-label={t('storage.find.found')}>
          {found.map(({ label, source }) => (
            <li key={label}>
              <Button variant="link" isInline onClick={() => put(change(withSource(draft, source)))}>
                {label}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** All but what was typed about the pool itself. */
function change({ name: _name, autostart: _autostart, ...rest }: PoolDraft): Partial<PoolDraft> {
  return rest
}
