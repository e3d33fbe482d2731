import { Button } from '@patternfly/react-core'
import { useRef, useState } from 'react'
import { type AppError, toWireError } from '../../../../shared/errors/index.ts'
import type { Pool } from '../../../../shared/model/index.ts'
import { volumeNameSchema } from '../../../../shared/model/machine-spec.ts'
import { toPageError, useApi, useEngineLink } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { type UploadProgress, uploadFile } from '../../../lib/transfer/index.ts'
import { ActionButton, Bar, Problem } from '../../../ui/index.ts'
import { NoteDialog } from '../note-dialog.tsx'

interface Running {
  readonly name: string
  readonly sizeBytes: number
  readonly progress: UploadProgress
  readonly cancel: () => void
}

/** Sends a file of this computer into a pool; a way that breaks is gone on with. Whoever leaves the page finds it among the tasks. */
export function UploadButton({ pool, disabledReason }: { readonly pool: Pool; readonly disabledReason: string | undefined }) {
  const { t, format } = useI18n()
  const api = useApi()
  const link = useEngineLink()
  const input = useRef<HTMLInputElement>(null)
  const [running, setRunning] = useState<Running | null>(null)
  const [failed, setFailed] = useState<{ readonly name: string; readonly error: AppError | null } | null>(null)

  async function send(file: File) {
    const { name, size } = file
    if (!volumeNameSchema.safeParse(name).success) {
      setFailed({ name, error: null })
      return
    }
    const abort = new AbortController()
    const show = (progress: UploadProgress) => setRunning({ name, sizeBytes: size, progress, cancel: () => abort.abort() })
    show({ state: 'waiting', sentBytes: 0, confirmedBytes: 0 })
    try {
      await uploadFile({ api, link, poolId: pool.id, name, file, signal: abort.signal, onProgress: show })
    } catch (thrown) {
      if (!abort.signal.aborted) setFailed({ name, error: toPageError(thrown, 'command') })
    } finally {
      setRunning(null)
    }
  }

  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={t('build.upload.file')}
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file) void send(file)
        }}
      />
      {running ? (
        <span className="storage-upload num" role="status">
          <span className="ellipsis">{running.name}</span>
          <Bar
            percent={(running.progress.confirmedBytes / Math.max(1, running.sizeBytes)) * 100}
            tone="busy"
            width={90}
            label={t('build.upload.progress')}
          />
          <span className="sub">
            {t('tasks.bytes', { done: format.bytes(running.progress.confirmedBytes), total: format.bytes(running.sizeBytes) })}
          </span>
          <Button variant="link" isInline onClick={running.cancel}>
            {t('action.cancel')}
          </Button>
        </span>
      ) : (
        <ActionButton variant="secondary" disabledReason={disabledReason} onClick={() => input.current?.click()}>
          {t('storage.volume.upload')}
        </ActionButton>
      )}
      {failed && (
        <NoteDialog title={t('storage.upload.failed', { name: failed.name })} onClose={() => setFailed(null)}>
          {failed.error ? <Problem error={toWireError(failed.error)} /> : <p>{t('build.upload.bad-name', { name: failed.name })}</p>}
        </NoteDialog>
      )}
    </>
  )
}
