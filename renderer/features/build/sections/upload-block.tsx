import { Button } from '@patternfly/react-core'
import { useRef, useState } from 'react'
import type { AppError } from '../../../../shared/errors/index.ts'
import type { BuildOptions } from '../../../../shared/model/index.ts'
import { volumeNameSchema } from '../../../../shared/model/machine-spec.ts'
import { toPageError, useApi, useEngineLink } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { type UploadProgress, uploadFile } from '../../../lib/transfer/index.ts'
import { ActionButton, Bar, Problem } from '../../../ui/index.ts'
import { freeName } from '../import/file-kind.ts'
import { useVolumes } from '../queries.ts'

export interface UploadBlockProps {
  readonly pool: string
  readonly options: BuildOptions
  /** What the file chooser offers first, such as `.iso`. */
  readonly accept: string
  readonly note?: string
  /** Why a file of that name is of no use here; null: it may be. */
  readonly refusedFile?: (name: string) => string | null
  /** Where the name is taken, the volume gets another: who uploads wants the content and not the name. */
  readonly renames?: boolean
  /** It is there: its name. */
  readonly onReady: (volume: string) => void
}

interface Running {
  readonly name: string
  readonly sizeBytes: number
  readonly progress: UploadProgress
  readonly cancel: () => void
}

/** Sends a file of this computer into a pool; it is chosen once it is there. Whoever leaves the form finds the upload among the tasks. */
export function UploadBlock({ pool, options, accept, note, refusedFile, renames = false, onReady }: UploadBlockProps) {
  const { t, format } = useI18n()
  const api = useApi()
  const link = useEngineLink()
  const may = usePermissions()
  const input = useRef<HTMLInputElement>(null)
  const target = options.pools.find((one) => one.name === pool)
  const volumes = useVolumes(target?.active ? target.id : null)
  const [running, setRunning] = useState<Running | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [refused, setRefused] = useState<string | null>(null)
  const reason = !may('volume.write')
    ? t('route.forbidden.text', { permission: 'volume.write' })
    : !target?.active
      ? t('build.fetch.no-pool')
      : running
        ? t('build.upload.running')
        : undefined

  async function send(file: File) {
    if (!target) return
    setError(null)
    const { size } = file
    const taken = new Set((volumes.data ?? []).map((one) => one.name))
    const name = renames ? freeName(file.name, taken) : file.name
    const isName = volumeNameSchema.safeParse(name).success
    const why = isName ? (refusedFile?.(name) ?? null) : t('build.upload.bad-name', { name })
    setRefused(why)
    if (why !== null) return
    const abort = new AbortController()
    const show = (progress: UploadProgress) => setRunning({ name, sizeBytes: size, progress, cancel: () => abort.abort() })
    show({ state: 'waiting', sentBytes: 0, confirmedBytes: 0 })
    try {
      await uploadFile({ api, link, poolId: target.id, name, file, signal: abort.signal, onProgress: show })
      await volumes.refetch()
      onReady(name)
    } catch (thrown) {
      if (!abort.signal.aborted) setError(toPageError(thrown, 'command'))
    } finally {
      setRunning(null)
    }
  }

  return (
    <div className="field">
      <span className="field-label">{t('build.upload')}</span>
      <div>
        <input
          ref={input}
          type="file"
          hidden
          accept={accept}
          aria-label={t('build.upload.file')}
          onChange={(event) => {
            const file = event.target.files?.[0]
            event.target.value = ''
            if (file) void send(file)
          }}
        />
        <div className="build-row first">
          <ActionButton variant="secondary" disabledReason={reason} onClick={() => input.current?.click()}>
            {t('build.upload.do', { pool })}
          </ActionButton>
          {running && (
            <>
              <Bar
                percent={(running.progress.confirmedBytes / Math.max(1, running.sizeBytes)) * 100}
                tone="busy"
                width={120}
                label={t('build.upload.progress')}
              />
              <span className="sub num">
                {t('tasks.bytes', { done: format.bytes(running.progress.confirmedBytes), total: format.bytes(running.sizeBytes) })}
                {running.progress.state === 'waiting' && running.progress.sentBytes > 0 && ` · ${t('build.upload.waiting')}`}
              </span>
              <Button variant="link" isInline onClick={running.cancel}>
                {t('action.cancel')}
              </Button>
            </>
          )}
        </div>
        {refused !== null && <p className="form-note bad-text">{refused}</p>}
        {error && <Problem error={error} />}
        {note && <p className="form-note">{note}</p>}
      </div>
    </div>
  )
}
