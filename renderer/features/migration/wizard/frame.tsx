import './frame.css'
import './targets.css'
import './findings.css'
import './parts.css'
import './many.css'
import './prediction.css'
import { Button } from '@patternfly/react-core'
import { RhUiCheckIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-check-icon'
import { RhUiErrorFillIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-error-fill-icon'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import type { AppError } from '../../../../shared/errors/index.ts'
import { useT } from '../../../lib/i18n/index.ts'
import { ActionButton, Banner, Problem, Reason } from '../../../ui/index.ts'

/** A part of a wizard, as its rail shows it. */
export interface FrameStep<Id extends string> {
  readonly id: Id
  readonly title: string
  readonly summary: string
  readonly mark: 'wrong' | 'done' | 'plain'
  readonly disabledReason: string | undefined
}

export interface FrameProps<Id extends string> {
  /** What is done with the object, above its name. */
  readonly kind: string
  readonly object: string
  readonly about: string
  readonly step: Id
  /** In their order. */
  readonly steps: readonly FrameStep<Id>[]
  readonly onStep: (step: Id) => void
  /** Why it does not go on from here. */
  readonly why: string | undefined
  /** What is missing comes by itself: said without an alarm. */
  readonly waits?: boolean
  readonly action: string
  readonly pending: boolean
  readonly error: AppError | null
  readonly onStart: () => void
  /** What else can be done from here. */
  readonly foot?: ReactNode
  readonly sideTitle: string
  readonly side: ReactNode
  readonly children: ReactNode
}

/** The wizard's frame: its parts at the left, what is foretold at the right, what is done next at the foot. */
export function Frame<Id extends string>(props: FrameProps<Id>) {
  const {
    kind,
    object,
    about,
    step,
    steps,
    onStep,
    why,
    waits = false,
    action,
    pending,
    error,
    onStart,
    foot,
    sideTitle,
    side,
    children,
  } = props
  const t = useT()
  const navigate = useNavigate()
  const at = steps.findIndex(({ id }) => id === step)
  const [before, after] = [steps[at - 1], steps[at + 1]]
  return (
    <form
      className={side === null ? 'migrate without-side' : 'migrate'}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (why !== undefined || pending) return
        if (after) onStep(after.id)
        else onStart()
      }}
    >
      <nav className="migrate-rail" aria-label={t('build.steps')}>
        <div className="migrate-what">
          <span className="sub">{kind}</span>
          <b className="ellipsis" title={object}>
            {object}
          </b>
          <span className="sub small ellipsis">{about}</span>
        </div>
        <ol>
          {steps.map((one, index) => (
            <li key={one.id}>
              <RailButton step={one} index={index} isCurrent={one.id === step} onStep={onStep} />
            </li>
          ))}
        </ol>
      </nav>
      <div className="migrate-middle">{children}</div>
      {side !== null && (
        <aside className="migrate-side" aria-label={sideTitle}>
          {side}
        </aside>
      )}
      {error && (
        <div className="migrate-error">
          <Banner tone="bad">
            <Problem error={error} />
          </Banner>
        </div>
      )}
      <footer className="migrate-foot">
        {before && (
          <Button variant="secondary" onClick={() => onStep(before.id)}>
            {t('migrate.back')}
          </Button>
        )}
        <ActionButton type="submit" variant="primary" isLoading={pending} disabledReason={pending ? t('migrate.starting') : why}>
          {after ? t('migrate.next', { step: after.title }) : action}
        </ActionButton>
        {why !== undefined && (
          <span className="migrate-why" role="status">
            {!waits && (
              <span className="i-bad">
                <RhUiErrorFillIcon />
              </span>
            )}
            {why}
          </span>
        )}
        <span className="grow" />
        {foot}
        <Button variant="link" onClick={() => void navigate(-1)}>
          {t('action.cancel')}
        </Button>
      </footer>
    </form>
  )
}

interface RailButtonProps<Id extends string> {
  readonly step: FrameStep<Id>
  readonly index: number
  readonly isCurrent: boolean
  readonly onStep: (step: Id) => void
}

function RailButton<Id extends string>({ step, index, isCurrent, onStep }: RailButtonProps<Id>) {
  const t = useT()
  const { id, title, summary, mark, disabledReason } = step
  return (
    <Reason content={disabledReason ?? null}>
      {(describedBy) => (
        <button
          type="button"
          className={mark}
          aria-current={isCurrent ? 'step' : undefined}
          aria-disabled={disabledReason !== undefined || undefined}
          aria-describedby={describedBy}
          onClick={() => disabledReason === undefined && onStep(id)}
        >
          <span className="migrate-mark num" aria-hidden>
            {mark === 'done' && !isCurrent ? <RhUiCheckIcon /> : mark === 'wrong' && !isCurrent ? '!' : index + 1}
          </span>
          <span className="migrate-words">
            <b>{title}</b>
            <span className="sub ellipsis">{summary}</span>
          </span>
          {mark === 'wrong' && <span className="visually-hidden">{t('build.step-wrong')}</span>}
        </button>
      )}
    </Reason>
  )
}
