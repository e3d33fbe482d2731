import { Button } from '@patternfly/react-core'
import { useEffect, useEffectEvent, useId, useState } from 'react'
import { Link } from 'react-router'
import type { AppError } from '../../../../shared/errors/index.ts'
import { type BuildOptions, FINAL_TASK_STATES } from '../../../../shared/model/index.ts'
import { volumeNameSchema } from '../../../../shared/model/machine-spec.ts'
import { toPageError, useApi } from '../../../lib/api/index.ts'
import { useI18n } from '../../../lib/i18n/index.ts'
import { useEntity } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import { usePermissions } from '../../../lib/session/index.ts'
import { taskNote } from '../../../lib/task/index.ts'
import { ActionButton, Bar, Problem } from '../../../ui/index.ts'
import { useVolumeAbilities, useVolumes } from '../queries.ts'

export interface FetchBlockProps {
  /** Addresses that the catalogue knows. */
  readonly known: readonly string[]
  readonly pool: string
  /** The volume that is chosen now. */
  readonly chosen: string
  readonly hostId: BuildOptions['hostId']
  readonly options: BuildOptions
  /** It is there: its name. */
  readonly onReady: (volume: string) => void
}

/** The last part of an address, as a file's name. */
export function nameOfUrl(url: string): string {
  const last = URL.canParse(url) ? decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '') : ''
  return volumeNameSchema.safeParse(last).success ? last : ''
}

/** Has the host download an image into a pool; it is chosen once it is there. */
export function FetchBlock({ known, pool, chosen, hostId, options, onReady }: FetchBlockProps) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const may = usePermissions()
  const id = useId()
  const abilities = useVolumeAbilities(hostId)
  const target = options.pools.find((one) => one.name === pool)
  const volumes = useVolumes(target?.active ? target.id : null)
  const [url, setUrl] = useState(known[0] ?? '')
  const [pending, setPending] = useState(false)
  const [running, setRunning] = useState<{ readonly taskId: string; readonly name: string } | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const task = useEntity('task', running?.taskId)
  const name = nameOfUrl(url)
  const there = volumes.data?.some((one) => one.name === name) ?? false
  const state = task?.state
  const done = useEffectEvent(async () => {
    if (!running) return
    await volumes.refetch()
    onReady(running.name)
  })
  useEffect(() => {
    if (state === 'succeeded') void done()
  }, [state])
  const isOn = running !== null && (state === undefined || !FINAL_TASK_STATES.has(state))
  const reason = !may('volume.write')
    ? t('route.forbidden.text', { permission: 'volume.write' })
    : abilities.data?.fetch
      ? i18n.reason(abilities.data.fetch)
      : isOn
        ? t('build.fetch.running')
        : name === '' || !/^https?:/.test(url)
          ? t('build.fetch.no-url')
          : !target
            ? t('build.fetch.no-pool')
            : undefined

  async function fetchIt() {
    if (!target || pending) return
    setPending(true)
    setError(null)
    try {
      const { taskId } = await api.volumes.fetch({ poolId: target.id, name, url })
      setRunning({ taskId, name })
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
    } finally {
      setPending(false)
    }
  }

  return (
    <div className="field build-fetch">
      <label htmlFor={id}>{t('build.fetch.url')}</label>
      <div>
        <input
          id={id}
          type="url"
          className="text-input"
          list={known.length > 1 ? `${id}-known` : undefined}
          value={url}
          placeholder="https://"
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setUrl(event.target.value.trim())}
        />
        <datalist id={`${id}-known`}>
          {known.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </datalist>
        <div className="build-row">
          {there && !isOn && chosen !== name ? (
            <Button variant="secondary" onClick={() => onReady(name)}>
              {t('build.fetch.use', { name })}
            </Button>
          ) : there && !isOn ? null : (
            <ActionButton variant="secondary" disabledReason={reason} isLoading={pending} onClick={() => void fetchIt()}>
              {t('build.fetch.do', { pool })}
            </ActionButton>
          )}
          {isOn && running && (
            <>
              <Bar percent={(task?.progress.fraction ?? 0) * 100} tone="busy" width={120} label={t('build.fetch.progress')} />
              <Link className="sub num" to={paths.tasks(running.taskId)}>
                {(task && taskNote(task, i18n)) || t('build.fetch.running')}
              </Link>
            </>
          )}
        </div>
        {error && <Problem error={error} />}
        {running && task?.state === 'failed' && task.error && <Problem error={task.error} />}
        {reason === undefined && !there && <p className="form-note">{t('build.fetch.help')}</p>}
        {there && !isOn && <p className="form-note">{t(chosen === name ? 'build.fetch.used' : 'build.fetch.there', { pool })}</p>}
      </div>
    </div>
  )
}
