import { FormGroup } from '@patternfly/react-core'
import { useState } from 'react'
import { toWireError } from '../../../../shared/errors/index.ts'
import type { Pool } from '../../../../shared/model/index.ts'
import { type Api, useApiCommand } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { Problem } from '../../../ui/index.ts'
import { FormDialog } from '../../machine-actions/index.ts'
import { formatsIn } from '../words.ts'
import { FormatField } from './format-field.tsx'
import { NameField, nameProblem } from './name-field.tsx'
import { bytesOf, SizeField } from './size-field.tsx'
import { closeVolume } from './volume-request.ts'

/** An empty volume. */
export function CreateDialog({ pool, taken }: { readonly pool: Pool; readonly taken: ReadonlySet<string> | undefined }) {
  const i18n = useI18n()
  const { t, format } = i18n
  const formats = formatsIn(pool)
  const [chosen, setChosen] = useState<'qcow2' | 'raw'>(formats[0] ?? 'raw')
  const [name, setName] = useState('')
  const [size, setSize] = useState('20')
  const create = useApiCommand('storage.createVolume', (api, input: Parameters<Api['storage']['createVolume']>[0]) =>
    api.storage.createVolume(input),
  )
  const bytes = bytesOf(size)
  const problem = nameProblem(name, taken, i18n)
  const free = pool.availableBytes
  const isTight = bytes !== null && free !== null && bytes > free
  return (
    <FormDialog
      title={t('storage.create.title', { pool: pool.name })}
      submit={t('storage.create.confirm')}
      disabled={problem !== null || bytes === null || create.isPending}
      focus="#volume-name"
      onCancel={closeVolume}
      onSubmit={() =>
        bytes !== null && create.mutate({ poolId: pool.id, name, format: chosen, capacityBytes: bytes }, { onSuccess: closeVolume })
      }
    >
      <NameField id="volume-name" value={name} problem={problem} onChange={setName} />
      <SizeField
        id="volume-size"
        value={size}
        problem={bytes === null ? t('storage.size.bad') : null}
        note={free === null ? undefined : t(isTight ? 'storage.size.over' : 'storage.size.free', { free: format.bytes(free) })}
        onChange={setSize}
      />
      <FormGroup label={t('column.format')} fieldId="volume-format">
        <FormatField id="volume-format" formats={formats} value={chosen} onChange={setChosen} />
        <p className="form-note">{t(chosen === 'qcow2' ? 'storage.format.qcow2' : 'storage.format.raw')}</p>
      </FormGroup>
      {create.error && <Problem error={toWireError(create.error)} />}
    </FormDialog>
  )
}
