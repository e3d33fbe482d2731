import { RhUiCheckIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon'
import type { ReactNode } from 'react'
import { isCloudId } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { Fresh, StateIcon } from '../../ui/index.ts'
import type { CheckRun, StepId } from './check-run.ts'
import { stepsOf } from './form-layouts.ts'
import type { Config } from './form-model.ts'
import { LoginProblem } from './login-problem.tsx'

function Mark({ state }: { readonly state: string }) {
  if (state === 'ok') return <RhUiCheckIcon className="check-ok" />
  if (state === 'failed') return <StateIcon shape="failed" />
  if (state === 'running') return <StateIcon shape="busy" />
  return <Fresh shape="never" />
}

export interface CheckListProps {
  readonly run: CheckRun
  readonly providerId: string
  readonly config: Config
  readonly known: Readonly<Record<string, string | undefined>>
  /** What can be done about the host key, under its line. */
  readonly hostKeyAction: ReactNode
}

/** The steps of a check as they are taken. A step that failed says why and how to mend it, at its place. */
export function CheckList({ run, providerId, config, known, hostKeyAction }: CheckListProps) {
  const i18n = useI18n()
  const { t } = i18n
  // A step that nobody expected and that was taken all the same is told of as well.
  const expected = stepsOf(providerId)
  const cloud = isCloudId(providerId)
  const steps: readonly StepId[] = [...expected, ...[...run.steps.keys()].filter((id) => !expected.includes(id))]
  return (
    <ol className="check-list" aria-live="polite">
      {steps.map((id) => {
        const step = run.steps.get(id)
        const asked = id === 'host-key' && run.hostKey?.status === 'unknown' && step?.state === 'failed'
        const state = step?.state ?? 'pending'
        // An account is named by its own line, and its permissions stand below the list, one by one.
        const detail = cloud && (id === 'reach' || id === 'permission') ? null : step?.detail
        const lacking = id === 'permission' && state === 'ok' && run.permissions.some((one) => one.state === 'missing')
        return (
          <li key={id} className={`check-step ${asked ? 'asked' : state}`}>
            <span className="check-mark">{asked || lacking ? <StateIcon shape="attention" /> : <Mark state={state} />}</span>
            <div className="check-body">
              <span className="check-title">
                {i18n.optional(`check.${providerId}.${id}`) ?? t(`check.${id}`)}
                <span className="visually-hidden">, {t(`check.state.${state}`)}</span>
              </span>
              {detail && state !== 'failed' && (
                <span className="check-detail mono" title={detail}>
                  {detail}
                </span>
              )}
              {step && step === run.steps.get('login') && run.prompt && <span className="check-detail">{t('check.waits')}</span>}
              {asked && <span className="check-detail">{t('host-key.first-time')}</span>}
              {step?.state === 'failed' && !asked && step.error && (
                <LoginProblem error={step.error} providerId={providerId} config={config} known={known} />
              )}
              {id === 'host-key' && run.hostKey && state !== 'ok' && hostKeyAction}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
