import { RhUiCheckIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon'
import type { ReactNode } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { Fresh, Problem, StateIcon } from '../../ui/index.ts'
import { type CheckRun, STEP_IDS } from './check-run.ts'

function Mark({ state }: { readonly state: string }) {
  if (state === 'ok') return <RhUiCheckIcon className="check-ok" />
  if (state === 'failed') return <StateIcon shape="failed" />
  if (state === 'running') return <StateIcon shape="busy" />
  return <Fresh shape="never" />
}

export interface CheckListProps {
  readonly run: CheckRun
  readonly known: Readonly<Record<string, string | undefined>>
  /** What can be done about the host key, under its line. */
  readonly hostKeyAction: ReactNode
}

/** The steps of a check as they are taken. A step that failed says why and how to mend it, at its place. */
export function CheckList({ run, known, hostKeyAction }: CheckListProps) {
  const { t } = useI18n()
  return (
    <ol className="check-list" aria-live="polite">
      {STEP_IDS.filter((id) => id !== 'places' || run.steps.has(id)).map((id) => {
        const step = run.steps.get(id)
        const asked = id === 'host-key' && run.hostKey?.status === 'unknown' && step?.state === 'failed'
        const state = step?.state ?? 'pending'
        return (
          <li key={id} className={`check-step ${asked ? 'asked' : state}`}>
            <span className="check-mark">{asked ? <StateIcon shape="attention" /> : <Mark state={state} />}</span>
            <div className="check-body">
              <span className="check-title">
                {t(`check.${id}`)}
                <span className="visually-hidden">, {t(`check.state.${state}`)}</span>
              </span>
              {step?.detail && state !== 'failed' && <span className="check-detail mono">{step.detail}</span>}
              {step && step === run.steps.get('login') && run.prompt && <span className="check-detail">{t('check.waits')}</span>}
              {asked && <span className="check-detail">{t('host-key.first-time')}</span>}
              {step?.state === 'failed' && !asked && step.error && <Problem error={step.error} known={known} />}
              {id === 'host-key' && run.hostKey && state !== 'ok' && hostKeyAction}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
