import { useEffect, useEffectEvent, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import type { AppError } from '../../../../shared/errors/index.ts'
import { type BuildOptions, FINAL_TASK_STATES, type HostId, imageFormatOf, type VolumePlace } from '../../../../shared/model/index.ts'
import { toPageError, useApi } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { taskNote } from '../../../lib/task/index.ts'
import { ActionButton, Bar, Problem } from '../../../ui/index.ts'
import { useVolumeAbilities, useVolumes } from '../queries.ts'
import { freeName, stemOf } from './file-kind.ts'

export interface DiskImportProps {
  /** The image as it was uploaded. */
  readonly place: VolumePlace
  readonly hostId: HostId
  readonly options: BuildOptions
  /** The volume is there, and the image is gone. */
  readonly onMade: () => void
}

/** A disk image is no machine: the host makes a volume of it, and a new machine can have that as its disk. */
export function DiskImport({ place, hostId, options, onMade }: DiskImportProps) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const may = usePermissions()
  const navigate = useNavigate()
  const abilities = useVolumeAbilities(hostId)
  const pool = options.pools.find((one) => one.name === place.pool)
  const volumes = useVolumes(pool?.active ? pool.id : null)
  const [made, setMade] = useState<{ readonly taskId: string; readonly name: string } | null>(null)
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const task = useEntity('task', made?.taskId)
  const state = task?.state
  const isOn = made !== null && (state === undefined || !FINAL_TASK_STATES.has(state))
  const isDone = made !== null && state === 'succeeded'
  const reason = !may('volume.write')
    ? t('route.forbidden.text', { permission: 'volume.write' })
    : abilities.data?.convert
      ? i18n.reason(abilities.data.convert)
      : isOn
        ? t('import.converting')
        : undefined

  async function convert() {
    if (!pool || pending) return
    setPending(true)
    setError(null)
    const taken = new Set((volumes.data ?? []).map((one) => one.name))
    const name = freeName(`${stemOf(place.volume)}.qcow2`, taken)
    const from = { poolId: pool.id, name: place.volume }
    try {
      const { taskId } = await api.volumes.convert({
        poolId: pool.id,
        name,
        from,
        sourceFormat: imageFormatOf(place.volume),
        format: 'qcow2',
      })
      setMade({ taskId, name })
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
    } finally {
      setPending(false)
    }
  }
  const tidyUp = useEffectEvent(() => {
    if (!pool) return
    api.volumes
      .remove({ poolId: pool.id, name: place.volume })
      .then(onMade)
      .catch((thrown: unknown) => setError(toPageError(thrown, 'command')))
  })
  useEffect(() => {
    if (isDone) tidyUp()
  }, [isDone])

  return (
    <div className="build-indent" role="group" aria-label={t('import.disk')}>
      {!isDone && <p>{t('import.disk-text', { name: place.volume })}</p>}
      <div className="build-row">
        {isDone ? (
          <ActionButton
            variant="secondary"
            disabledReason={undefined}
            onClick={() => void navigate(paths.buildOn(hostId, { pool: place.pool, volume: made.name }))}
          >
            {t('import.build-with-disk')}
          </ActionButton>
        ) : (
          <ActionButton variant="secondary" disabledReason={reason} isLoading={pending} onClick={() => void convert()}>
            {t('import.convert')}
          </ActionButton>
        )}
        {isOn && (
          <>
            <Bar percent={(task?.progress.fraction ?? 0) * 100} tone="busy" width={120} label={t('import.converting')} />
            <Link className="sub num" to={paths.tasks(made.taskId)}>
              {(task && taskNote(task, i18n)) || t('import.converting')}
            </Link>
          </>
        )}
        {isDone && <span role="status">{t('import.disk-made', { pool: place.pool, name: made.name })}</span>}
      </div>
      {made && state === 'failed' && task?.error && <Problem error={task.error} />}
      {error && <Problem error={error} />}
    </div>
  )
}
