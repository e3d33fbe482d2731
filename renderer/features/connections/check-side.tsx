import { Button } from '@patternfly/react-core'
import { isCloudId } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Problem } from '../../ui/index.ts'
import { CheckList } from './check-list.tsx'
import { policyConfig } from './form-layouts.ts'
import { isList } from './form-model.ts'
import { withinChosen } from './permission-groups.ts'
import { PermissionList } from './permission-list.tsx'
import { PolicyPanel } from './policy-panel.tsx'
import type { ConnectionFormState } from './use-connection-form.ts'

export interface CheckSideProps {
  readonly form: ConnectionFormState
  readonly known: Readonly<Record<string, string | undefined>>
}

/** The check beside the form: its steps, what it found, and what the account must be allowed. */
export function CheckSide({ form, known }: CheckSideProps) {
  const { t, format } = useI18n()
  const { provider, run } = form
  const cloud = isCloudId(provider.id) ? provider.id : null
  const chosen = form.laidOut.lists.map(({ name }) => {
    const value = form.values[name]
    return { value: isList(value) ? value : [], choices: form.choices.get(name) ?? [] }
  })
  return (
    <aside className="wizard-check" aria-label={t('check.title')}>
      <h2>{t('check.title')}</h2>
      <p className="form-note">{t(cloud ? 'check.text-account' : 'check.text')}</p>
      <CheckList
        run={run}
        providerId={provider.id}
        config={form.config}
        known={known}
        hostKeyAction={
          run.hostKey && (
            <Button variant="secondary" size="sm" onClick={() => form.setAsking(run.hostKey)}>
              {t(run.hostKey.status === 'changed' ? 'host-key.compare-keys' : 'host-key.look')}
            </Button>
          )
        }
      />
      {run.error && <Problem error={run.error} known={known} />}
      {run.status === 'ok' && (
        <p className="check-found">
          {form.narrowed
            ? t('check.narrowed')
            : cloud
              ? t('check.found-account', { count: run.machines ?? 0, shown: format.number(run.machines ?? 0) })
              : t('check.found', {
                  machines: run.machines ?? 0,
                  versions: run.versions.map((one) => `${one.name} ${one.version}`).join(', ') || '–',
                })}
        </p>
      )}
      {cloud && (
        <>
          <PermissionList permissions={withinChosen(run.permissions, chosen)} />
          <PolicyPanel providerId={cloud} config={policyConfig(cloud, form.config)} />
        </>
      )}
    </aside>
  )
}
