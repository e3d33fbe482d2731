import '../storage.css'
import { Button } from '@patternfly/react-core'
import { useEffect, useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { toWireError } from '../../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type Host, machineFreshness, POOL_TYPES, type PoolSpec, type TaskId } from '../../../../shared/model/index.ts'
import { type Api, useApiCommand, useApiQuery } from '../../../lib/api/index.ts'
import { compareNames, useI18n } from '../../../lib/i18n/index.ts'
import { useEntity, useLivePhase, useTable } from '../../../lib/live/index.ts'
import { paths } from '../../../lib/paths.ts'
import { ActionButton, EmptyState, PageHead, Problem } from '../../../ui/index.ts'
import { useStorageHosts, useWriteReason } from '../pools/pool-scene.ts'
import { poolTypeWord } from '../words.ts'
import { EMPTY_DRAFT, judge, type PoolDraft, WITH_LOGIN } from './pool-draft.ts'
import { PoolOptions } from './pool-options.tsx'
import { SourceFields } from './source-fields.tsx'

/** What a host is to make a pool of. */
export function NewPoolPage() {
  const { t } = useI18n()
  const phase = useLivePhase()
  const [search, setSearch] = useSearchParams()
  const hosts = [...useStorageHosts(null)].sort((a, b) => compareNames(a.name, b.name))
  const hostId = search.get('host')
  const host = hosts.find(({ id }) => id === hostId) ?? hosts.find(({ freshness }) => freshness.state === 'live') ?? hosts[0]
  if (phase !== 'ready') return null
  if (!host) {
    return (
      <EmptyState title={t('storage.no-hosts')}>
        <p>{t('storage.no-hosts.text')}</p>
      </EmptyState>
    )
  }
  return (
    <>
      <PageHead
        title={t('storage.new.title')}
        crumbs={[
          { label: t('storage.title'), path: paths.storage() },
          { label: host.name, path: paths.storage(host.id) },
        ]}
      />
      <div className="page-body storage-form-page">
        <div className="field">
          <label htmlFor="pool-host">{t('column.host')}</label>
          <select
            id="pool-host"
            className="text-input"
            value={host.id}
            onChange={(event) => setSearch({ host: event.target.value }, { replace: true })}
          >
            {hosts.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </div>
        <PoolForm key={host.id} host={host} />
      </div>
    </>
  )
}

type Order = Parameters<Api['storage']['createPool']>[0]

function PoolForm({ host }: { readonly host: Host }) {
  const i18n = useI18n()
  const { t } = i18n
  const navigate = useNavigate()
  const connection = useEntity('connection', host.connectionId)
  const isLive = machineFreshness(connection, host).state === 'live'
  const refusal = useWriteReason(i18n)
  const taken = new Set(
    useTable('pool')
      .filter(({ hostId }) => hostId === host.id)
      .map(({ name }) => name),
  )
  const [draft, setDraft] = useState(EMPTY_DRAFT)
  const [visited, setVisited] = useState<ReadonlySet<keyof PoolDraft>>(new Set())
  const abilities = useApiQuery(
    'storage.abilities',
    { hostId: host.id },
    (api, signal) => api.storage.abilities({ hostId: host.id }, { signal }),
    { enabled: isLive, staleMs: 0 },
  )
  const create = useApiCommand('storage.createPool', (api, order: Order) => api.storage.createPool(order))
  const [taskId, setTaskId] = useState<TaskId | null>(null)
  const task = useEntity('task', taskId)
  const isDone = task?.state === 'succeeded'
  const isFailed = task !== undefined && !isDone && (FINAL_TASK_STATES.has(task.state) || task.state === 'needs-attention')
  const isMaking = create.isPending || (taskId !== null && !isFailed)
  useEffect(() => {
    if (isDone) void navigate(paths.storage(host.id))
  }, [isDone, navigate, host.id])
  const { spec, problems } = judge(draft, taken)
  const unable = abilities.data?.types[draft.type] ?? null
  const put = (change: Partial<PoolDraft>) => {
    setDraft((now) => ({ ...now, ...change }))
    // what was refused was another order
    if (isFailed) setTaskId(null)
    create.reset()
  }
  const problemOf = (field: keyof PoolDraft): string | null => {
    const code = problems.get(field)
    if (code === undefined || (code === 'missing' && !visited.has(field))) return null
    return i18n.optional(`storage.problem.${code}`) ?? t('storage.problem.other')
  }
  const form = {
    draft,
    put,
    problemOf,
    visit: (field: keyof PoolDraft) => setVisited((now) => new Set([...now, field])),
  }
  const why = refusal(isLive, host.name) ?? (unable ? i18n.reason(unable) : undefined) ?? (spec ? undefined : t('storage.new.incomplete'))

  const refused = create.error ? toWireError(create.error) : isFailed ? task.error : null

  function submit(ready: PoolSpec) {
    const { user, password } = draft
    const secret = WITH_LOGIN.has(ready.source.type) && password !== '' ? { user, password } : null
    setTaskId(null)
    create.mutate({ hostId: host.id, spec: ready, secret }, { onSuccess: (begun) => setTaskId(begun.taskId) })
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (spec && why === undefined && !isMaking) submit(spec)
      }}
    >
      <fieldset className="field storage-types">
        <legend className="visually-hidden">{t('host.pool.type')}</legend>
        <span className="field-label">{t('host.pool.type')}</span>
        <div>
          {POOL_TYPES.map((type) => {
            const reason = abilities.data?.types[type] ?? null
            return (
              <label key={type} className="check-line">
                <input
                  type="radio"
                  name="pool-type"
                  className="check-input"
                  checked={draft.type === type}
                  disabled={reason !== null}
                  onChange={() => put({ type, build: false, overwrite: false })}
                />
                <span>
                  {poolTypeWord(type, i18n)} <span className="sub mono small">{type}</span>
                  <span className={`form-note block${reason === null ? '' : ' warn-text'}`}>
                    {reason === null ? t(`storage.type-help.${type}`) : i18n.reason(reason)}
                  </span>
                </span>
              </label>
            )
          })}
          {abilities.error && <Problem error={toWireError(abilities.error)} />}
        </div>
      </fieldset>
      <SourceFields key={draft.type} hostId={host.id} isLive={isLive && unable === null} form={form} />
      <PoolOptions form={form} taken={taken} />
      {refused && (
        <div className="field">
          <span className="field-label" />
          <div role="alert" className="storage-refused">
            <Problem error={refused} />
          </div>
        </div>
      )}
      <div className="field">
        <span className="field-label" />
        <div className="storage-foot">
          <ActionButton variant="primary" type="submit" disabledReason={why} isLoading={isMaking}>
            {t('storage.new.confirm')}
          </ActionButton>
          <Button variant="secondary" onClick={() => void navigate(paths.storage(host.id))}>
            {t('action.cancel')}
          </Button>
        </div>
      </div>
    </form>
  )
}
