import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { AppError } from '../../../shared/errors/index.ts'
import { type Connection, isCloudId } from '../../../shared/model/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { Banner, PageHead, Problem } from '../../ui/index.ts'
import { runError } from './check-run.ts'
import { CheckSide } from './check-side.tsx'
import { FieldRow, SchemaFields } from './form-fields.tsx'
import { isOtherTarget } from './form-model.ts'
import { HostKeyDialog } from './host-key-dialog.tsx'
import { PromptDialog } from './prompt-dialog.tsx'
import { SecretFields } from './secrets.tsx'
import { type ConnectionFormState, type Provider, useConnectionForm } from './use-connection-form.ts'

export interface ConnectionFormProps {
  readonly providers: readonly Provider[]
  readonly first: Provider
  readonly connection: Connection | null
}

/** A form made from the provider's schema, beside a live check. */
export function ConnectionForm({ providers, first, connection }: ConnectionFormProps) {
  const i18n = useI18n()
  const { t } = i18n
  const form = useConnectionForm(first, connection)
  const { run, error } = form
  const known = { user: typeof form.values.user === 'string' && form.values.user !== '' ? form.values.user : undefined }
  const checked = run.status === 'ok'
  const account = isCloudId(form.provider.id)
  return (
    <form
      className="wizard"
      onSubmit={(event) => {
        event.preventDefault()
        if (checked) void form.save()
        else void form.check()
      }}
    >
      <PageHead
        title={
          connection
            ? t('connection.edit-title', { name: connection.name })
            : t(account ? 'connection.add-account-title' : 'connection.add-title')
        }
        crumbs={[{ label: t('connections.title'), path: paths.connections() }]}
      />
      <div className="wizard-body">
        <div className="wizard-form">
          <FormParts form={form} providers={providers} connection={connection} errors={fieldErrors(run.error ?? error, i18n)} />
        </div>
        <CheckSide form={form} known={known} />
      </div>
      {error && (
        <Banner tone="bad">
          <Problem error={error} known={known} />
        </Banner>
      )}
      <FormFoot form={form} connection={connection} account={account} />
      {run.prompt && (
        <PromptDialog
          key={run.prompt.id}
          prompt={run.prompt}
          onAnswered={(answers, wished) => wished && run.prompt && form.keep(run.prompt, answers)}
        />
      )}
      {form.asking && (
        <HostKeyDialog
          info={form.asking}
          onTrust={() => form.asking && void form.trust(form.asking)}
          onClose={() => form.setAsking(null)}
        />
      )}
    </form>
  )
}

interface FormPartsProps {
  readonly form: ConnectionFormState
  readonly providers: readonly Provider[]
  readonly connection: Connection | null
  readonly errors: ReadonlyMap<string, string>
}

/** From top to bottom: what it is, how to log in, what to look at there, what it is called, and what is seldom needed. */
function FormParts({ form, providers, connection, errors }: FormPartsProps) {
  const i18n = useI18n()
  const { t } = i18n
  const [more, setMore] = useState(false)
  const { provider, values, secretFields } = form
  const { first, lists, more: rest } = form.laidOut
  const common = { providerId: provider.id, values, errors, choices: form.choices, onChange: form.change }
  return (
    <>
      {providers.length > 1 && !connection && (
        <FieldRow label={t('connection.kind')}>
          {({ id }) => (
            <select
              id={id}
              className="text-input"
              value={provider.id}
              onChange={(event) => {
                const next = providers.find((one) => one.id === event.target.value)
                if (next) form.chooseProvider(next)
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
      <SchemaFields fields={first} {...common} />
      {secretFields.length > 0 && (
        <SecretFields
          providerId={provider.id}
          fields={secretFields}
          values={form.secrets}
          remember={form.remember}
          editing={connection !== null}
          outdated={connection !== null && isOtherTarget(provider.secretTargets, connection.config, form.config)}
          onChange={form.changeSecret}
          onRemember={form.setRemember}
        />
      )}
      <SchemaFields fields={lists} {...common} />
      <FieldRow label={t('connection.name')} help={t(isCloudId(provider.id) ? 'connection.name-help-account' : 'connection.name-help')}>
        {({ id, describedBy }) => (
          <input
            id={id}
            type="text"
            className="text-input"
            value={form.name}
            placeholder={form.suggested}
            maxLength={200}
            aria-describedby={describedBy}
            autoComplete="off"
            onChange={(event) => form.setName(event.target.value)}
          />
        )}
      </FieldRow>
      {rest.length > 0 && (
        <div className="wizard-more">
          <Button variant="link" isInline aria-expanded={more} onClick={() => setMore(!more)}>
            {t(more ? 'connection.fewer-options' : 'connection.more-options')}
          </Button>
          {more && <SchemaFields fields={rest} {...common} />}
        </div>
      )}
    </>
  )
}

interface FormFootProps {
  readonly form: ConnectionFormState
  readonly connection: Connection | null
  readonly account: boolean
}

function FormFoot({ form, connection, account }: FormFootProps) {
  const { t } = useI18n()
  const navigate = useNavigate()
  const { run, saving } = form
  const checked = run.status === 'ok'
  const busy = saving || run.status === 'running'
  const lacking = run.permissions.some((one) => one.state === 'missing')
  const add = t(account ? 'connection.add-account-do' : 'connection.add-do')
  return (
    <footer className="wizard-foot">
      <Button type="submit" variant="primary" isDisabled={busy} isLoading={busy}>
        {checked ? (connection ? t('connection.save') : add) : t(run.status === 'failed' ? 'check.again' : 'check.start')}
      </Button>
      {!checked && (
        <Button variant="secondary" isDisabled={saving} onClick={() => void form.save()}>
          {t(connection ? 'connection.save-unchecked' : 'connection.add-unchecked')}
        </Button>
      )}
      <Button variant="link" onClick={() => void navigate(-1)}>
        {t('action.cancel')}
      </Button>
      <span className="wizard-why sub" role="status">
        {run.status === 'running'
          ? t('check.running')
          : runError(run)
            ? t('check.failed')
            : checked
              ? t(lacking ? 'check.ok-lacking' : 'check.ok')
              : ''}
      </span>
    </footer>
  )
}

/** What the engine said about single fields of the configuration. What is said of an entry of a list is said of the list. */
function fieldErrors(error: AppError | null, i18n: I18n): ReadonlyMap<string, string> {
  const issues = error?.code === 'connection.bad-config' ? error.details.issues : null
  if (!Array.isArray(issues)) return new Map()
  return new Map(
    issues.flatMap((issue) => {
      const { path, message } = (issue ?? {}) as { readonly path?: unknown; readonly message?: unknown }
      return typeof path === 'string' && typeof message === 'string'
        ? [[path.split('.')[0] ?? path, i18n.optional(`form.issue.${message}`) ?? message] as const]
        : []
    }),
  )
}
