import './connections.css'
import { Button } from '@patternfly/react-core'
import { useMemo, useState } from 'react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import type { AppError } from '../../../shared/errors/index.ts'
import type { Connection, HostKeyInfo, LoginPrompt } from '../../../shared/model/index.ts'
import { type Api, toPageError, useApi, useApiQuery } from '../../lib/api/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { useEntity, useLivePhase } from '../../lib/live/index.ts'
import { paths } from '../../lib/paths.ts'
import { useOpenWorkspace } from '../../lib/session/index.ts'
import { Banner, EmptyState, PageHead, Problem, useLate } from '../../ui/index.ts'
import { CheckList } from './check-list.tsx'
import { runError, useCheckRun } from './check-run.ts'
import { FieldRow, SchemaFields } from './form-fields.tsx'
import { configOf, type FormValues, fieldsOf, initialValues, isOtherTarget, layOut, usesSecrets } from './form-model.ts'
import { HostKeyDialog } from './host-key-dialog.tsx'
import { PromptDialog } from './prompt-dialog.tsx'
import { SecretFields } from './secrets.tsx'
import { useTargetWorkspace } from './target-workspace.ts'

type Provider = Awaited<ReturnType<Api['connections']['providers']>>[number]
type KeyChoice = NonNullable<Parameters<Api['connections']['add']>[0]['acceptHostKey']>

/** Add a host, or change one (`/connections/:connectionId/edit`): a form made from the provider's schema beside a live check. */
export function AddHostPage() {
  const i18n = useI18n()
  const { t } = i18n
  const { connectionId } = useParams()
  const [search] = useSearchParams()
  const phase = useLivePhase()
  const connection = useEntity('connection', connectionId)
  const providers = useApiQuery('connections.providers', {}, (api, signal) => api.connections.providers({}, { signal }))
  const late = useLate(providers.isPending)
  if (connectionId && !connection) {
    return phase === 'ready' ? (
      <EmptyState title={t('connection.gone')}>
        <p>{t('connection.gone-text')}</p>
      </EmptyState>
    ) : null
  }
  if (providers.error) {
    return (
      <EmptyState
        title={t('connection.providers-failed')}
        actions={
          <Button variant="secondary" onClick={() => void providers.refetch()}>
            {t('offline.try-now')}
          </Button>
        }
      >
        <p>{i18n.error(providers.error)}</p>
      </EmptyState>
    )
  }
  if (!providers.data) return late ? <p className="page-wait sub">{t('connection.reading-providers')}</p> : null
  const wanted = connection?.providerId ?? search.get('provider') ?? 'libvirt'
  const provider = providers.data.find((one) => one.id === wanted) ?? providers.data[0]
  if (!provider) return <EmptyState title={t('connection.no-providers')} />
  return <ConnectionForm key={connection?.id ?? 'new'} providers={providers.data} first={provider} connection={connection ?? null} />
}

interface ConnectionFormProps {
  readonly providers: readonly Provider[]
  readonly first: Provider
  readonly connection: Connection | null
}

function ConnectionForm({ providers, first, connection }: ConnectionFormProps) {
  const i18n = useI18n()
  const { t } = i18n
  const api = useApi()
  const navigate = useNavigate()
  const target = useTargetWorkspace()
  const openWorkspace = useOpenWorkspace()
  const [provider, setProvider] = useState(first)
  const fields = useMemo(() => fieldsOf(provider.id, provider.configSchema, i18n), [provider, i18n])
  const [values, setValues] = useState<FormValues>(() => initialValues(fields, connection?.config))
  const [name, setName] = useState(connection?.name ?? '')
  const [secrets, setSecrets] = useState<Readonly<Record<string, string>>>({})
  const [remember, setRemember] = useState(true)
  const [more, setMore] = useState(false)
  const [key, setKey] = useState<KeyChoice | null>(null)
  const [asking, setAsking] = useState<HostKeyInfo | null>(null)
  const [saving, setSaving] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const { run, start, reset } = useCheckRun()
  const { first: shown, more: rest } = layOut(provider.id, fields, values)
  const config = configOf(fields, values, connection?.config)
  const errors = fieldErrors(run.error ?? error, i18n)
  const problem = runError(run)
  const known = { user: typeof values.user === 'string' && values.user !== '' ? values.user : undefined }
  const host = typeof values.host === 'string' ? values.host.trim() : ''
  const suggested = host || (typeof values.site === 'string' ? values.site : t('welcome.local.name'))
  const given = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''))

  function change(field: string, value: string | boolean) {
    setValues({ ...values, [field]: value })
    setKey(null)
    setError(null)
    reset()
  }

  async function check(choice: KeyChoice | null = key) {
    setError(null)
    const result = await start({
      providerId: provider.id,
      config,
      secrets: given,
      prompts: true,
      ...(connection && { connectionId: connection.id }),
      ...(choice && { acceptHostKey: choice }),
    })
    if (result.hostKey && result.status === 'failed' && !choice) setAsking(result.hostKey)
  }

  /** Kept with the connection, which is not there before the form is saved. */
  function keep({ secret }: LoginPrompt, [answer]: readonly string[]) {
    if (secret === null || answer === undefined) return
    setSecrets({ ...secrets, [secret]: answer })
    setRemember(true)
  }

  async function trust(info: HostKeyInfo) {
    const choice = { host: info.host, port: info.port, keyType: info.keyType, fingerprint: info.fingerprint }
    setKey(choice)
    setAsking(null)
    await check(choice)
  }

  async function save() {
    setSaving(true)
    setError(null)
    try {
      if (connection) {
        await api.connections.update({
          connectionId: connection.id,
          name: name.trim() || connection.name,
          config,
          ...(Object.keys(given).length > 0 && { secrets: given }),
          remember,
        })
        // Afterwards: the key is that of the host the connection leads to from now on.
        if (key) await api.connections.acceptHostKey({ connectionId: connection.id, key, replace: true })
        void navigate(paths.connections(connection.id))
      } else {
        const workspaceId = await target()
        await api.connections.add({
          workspaceId,
          providerId: provider.id,
          name: name.trim() || suggested,
          config,
          secrets: given,
          remember,
          ...(key && { acceptHostKey: key }),
        })
        await openWorkspace(workspaceId, { connected: true })
      }
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
      setSaving(false)
    }
  }

  const checked = run.status === 'ok'
  return (
    <form
      className="wizard"
      onSubmit={(event) => {
        event.preventDefault()
        if (checked) void save()
        else void check()
      }}
    >
      <PageHead
        title={connection ? t('connection.edit-title', { name: connection.name }) : t('connection.add-title')}
        crumbs={[{ label: t('connections.title'), path: paths.connections() }]}
      />
      <div className="wizard-body">
        <div className="wizard-form">
          {providers.length > 1 && !connection && (
            <FieldRow label={t('connection.kind')}>
              {({ id }) => (
                <select
                  id={id}
                  className="text-input"
                  value={provider.id}
                  onChange={(event) => {
                    const next = providers.find((one) => one.id === event.target.value)
                    if (!next) return
                    setProvider(next)
                    setValues(initialValues(fieldsOf(next.id, next.configSchema, i18n)))
                    setSecrets({})
                    reset()
                  }}
                >
                  {providers.map((one) => (
                    <option key={one.id} value={one.id}>
                      {i18n.optional(`provider.${one.id}`) ?? one.label}
                    </option>
                  ))}
                </select>
              )}
            </FieldRow>
          )}
          <SchemaFields providerId={provider.id} fields={shown} values={values} errors={errors} onChange={change} />
          <FieldRow label={t('connection.name')} help={t('connection.name-help')}>
            {({ id, describedBy }) => (
              <input
                id={id}
                type="text"
                className="text-input"
                value={name}
                placeholder={suggested}
                maxLength={200}
                aria-describedby={describedBy}
                autoComplete="off"
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </FieldRow>
          {provider.secrets.length > 0 && usesSecrets(provider.id, values) && (
            <SecretFields
              providerId={provider.id}
              fields={provider.secrets}
              values={secrets}
              remember={remember}
              editing={connection !== null}
              outdated={connection !== null && isOtherTarget(provider.secretTargets, connection.config, config)}
              onChange={(field, value) => {
                setSecrets({ ...secrets, [field]: value })
                reset()
              }}
              onRemember={setRemember}
            />
          )}
          {rest.length > 0 && (
            <div className="wizard-more">
              <Button variant="link" isInline aria-expanded={more} onClick={() => setMore(!more)}>
                {t(more ? 'connection.fewer-options' : 'connection.more-options')}
              </Button>
              {more && <SchemaFields providerId={provider.id} fields={rest} values={values} errors={errors} onChange={change} />}
            </div>
          )}
        </div>
        <aside className="wizard-check" aria-label={t('check.title')}>
          <h2>{t('check.title')}</h2>
          <p className="form-note">{t('check.text')}</p>
          <CheckList
            run={run}
            known={known}
            hostKeyAction={
              run.hostKey && (
                <Button variant="secondary" size="sm" onClick={() => setAsking(run.hostKey)}>
                  {t(run.hostKey.status === 'changed' ? 'host-key.compare-keys' : 'host-key.look')}
                </Button>
              )
            }
          />
          {run.error && <Problem error={run.error} known={known} />}
          {checked && (
            <p className="check-found">
              {t('check.found', {
                machines: run.machines ?? 0,
                versions: run.versions.map((one) => `${one.name} ${one.version}`).join(', ') || '–',
              })}
            </p>
          )}
        </aside>
      </div>
      {error && (
        <Banner tone="bad">
          <Problem error={error} known={known} />
        </Banner>
      )}
      <footer className="wizard-foot">
        <Button
          type="submit"
          variant="primary"
          isDisabled={saving || run.status === 'running'}
          isLoading={saving || run.status === 'running'}
        >
          {checked ? t(connection ? 'connection.save' : 'connection.add-do') : t(run.status === 'failed' ? 'check.again' : 'check.start')}
        </Button>
        {!checked && (
          <Button variant="secondary" isDisabled={saving} onClick={() => void save()}>
            {t(connection ? 'connection.save-unchecked' : 'connection.add-unchecked')}
          </Button>
        )}
        <Button variant="link" onClick={() => void navigate(-1)}>
          {t('action.cancel')}
        </Button>
        <span className="wizard-why sub" role="status">
          {run.status === 'running' ? t('check.running') : problem ? t('check.failed') : checked ? t('check.ok') : ''}
        </span>
      </footer>
      {run.prompt && (
        <PromptDialog
          key={run.prompt.id}
          prompt={run.prompt}
          onAnswered={(answers, wished) => wished && run.prompt && keep(run.prompt, answers)}
        />
      )}
      {asking && <HostKeyDialog info={asking} onTrust={() => void trust(asking)} onClose={() => setAsking(null)} />}
    </form>
  )
}

/** What the engine said about single fields of the configuration. */
function fieldErrors(error: AppError | null, i18n: I18n): ReadonlyMap<string, string> {
  const issues = error?.code === 'connection.bad-config' ? error.details.issues : null
  if (!Array.isArray(issues)) return new Map()
  return new Map(
    issues.flatMap((issue) => {
      const { path, message } = (issue ?? {}) as { readonly path?: unknown; readonly message?: unknown }
      return typeof path === 'string' && typeof message === 'string'
        ? [[path, i18n.optional(`form.issue.${message}`) ?? message] as const]
        : []
    }),
  )
}
