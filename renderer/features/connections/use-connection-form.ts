import { useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import type { AppError } from '../../../shared/errors/index.ts'
import { type Connection, type HostKeyInfo, isCloudId, type LoginPrompt } from '../../../shared/model/index.ts'
import { type Api, toPageError, useApi } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { paths } from '../../lib/paths.ts'
import { useOpenWorkspace } from '../../lib/session/index.ts'
import { type CheckRun, useCheckRun } from './check-run.ts'
import { accountName, emptyIsAll, layOut, usesSecret } from './form-layouts.ts'
import { configOf, type FieldValue, type FormValues, fieldsOf, initialValues, isList, isNarrower } from './form-model.ts'
import { projectOf } from './key-note.ts'
import { useTargetWorkspace } from './target-workspace.ts'

export type Provider = Awaited<ReturnType<Api['connections']['providers']>>[number]
type KeyChoice = NonNullable<Parameters<Api['connections']['add']>[0]['acceptHostKey']>

/** What is in the form of a connection, and what can be done with it. */
export function useConnectionForm(first: Provider, connection: Connection | null) {
  const i18n = useI18n()
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
  const [key, setKey] = useState<KeyChoice | null>(null)
  const [asking, setAsking] = useState<HostKeyInfo | null>(null)
  const [saving, setSaving] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const { run, start, reset } = useCheckRun()
  const { choices, forget: forgetChoices } = useChoices(run)
  const [checkedValues, setCheckedValues] = useState(values)
  const config = configOf(fields, values, connection?.config)
  const secretFields = provider.secrets.filter((field) => usesSecret(provider.id, field.name, values))
  const given = Object.fromEntries(
    secretFields.flatMap((field) => {
      const value = secrets[field.name]
      return value ? [[field.name, value]] : []
    }),
  )
  const suggested = suggestedName(provider.id, values, given, i18n.t('welcome.local.name'))

  function chooseProvider(next: Provider) {
    setProvider(next)
    setValues(initialValues(fieldsOf(next.id, next.configSchema, i18n)))
    setSecrets({})
    setKey(null)
    setError(null)
    forgetChoices()
    reset()
  }

  function change(field: string, value: FieldValue) {
    setValues({ ...values, [field]: value })
    setError(null)
    if (run.status === 'ok' && isList(value) && coversList(field, value)) return
    setKey(null)
    if (!isList(value)) forgetChoices()
    reset()
  }

  /** The login was proven, and what is asked for now is a part of what was looked at. */
  function coversList(field: string, value: readonly string[]): boolean {
    const checked = checkedValues[field]
    const offered = emptyIsAll(provider.id, values) ? (choices.get(field) ?? []) : []
    const all = offered.filter((one) => one.disabledReason === null).map((one) => one.value)
    return isList(checked) && isNarrower(checked, value, all)
  }

  function changeSecret(field: string, value: string) {
    setSecrets({ ...secrets, [field]: value })
    forgetChoices()
    reset()
  }

  async function check(choice: KeyChoice | null = key) {
    setError(null)
    setCheckedValues(values)
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

  async function update(existing: Connection) {
    await api.connections.update({
      connectionId: existing.id,
      name: name.trim() || existing.name,
      config,
      ...(Object.keys(given).length > 0 && { secrets: given }),
      remember,
    })
    // Afterwards: the key is that of the host the connection leads to from now on.
    if (key) await api.connections.acceptHostKey({ connectionId: existing.id, key, replace: true })
    void navigate(paths.connections(existing.id))
  }

  async function add() {
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

  async function save() {
    setSaving(true)
    setError(null)
    try {
      await (connection ? update(connection) : add())
    } catch (thrown) {
      setError(toPageError(thrown, 'command'))
      setSaving(false)
    }
  }

  return {
    provider,
    chooseProvider,
    laidOut: layOut(provider.id, fields, values),
    values,
    change,
    config,
    choices,
    name,
    setName,
    suggested,
    secretFields,
    secrets,
    changeSecret,
    keep,
    remember,
    setRemember,
    run,
    /** What the check looked at is more than what the form asks for now. */
    narrowed: run.status === 'ok' && !Object.entries(values).every(([field, value]) => isSame(value, checkedValues[field])),
    check,
    asking,
    setAsking,
    trust,
    saving,
    save,
    error,
  } as const
}

export type ConnectionFormState = ReturnType<typeof useConnectionForm>

/** What the last check found to pick from, until another login is typed in. */
function useChoices(run: CheckRun) {
  const [choices, setChoices] = useState(run.choices)
  if (run.choices.size > 0 && run.choices !== choices) setChoices(run.choices)
  return { choices, forget: () => setChoices(new Map()) }
}

function isSame(one: FieldValue, other: FieldValue | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function suggestedName(providerId: string, values: FormValues, given: Readonly<Record<string, string>>, local: string): string {
  if (isCloudId(providerId)) return accountName(providerId, values, given.key === undefined ? null : projectOf(given.key))
  const host = typeof values.host === 'string' ? values.host.trim() : ''
  return host || (typeof values.site === 'string' ? values.site : local)
}
