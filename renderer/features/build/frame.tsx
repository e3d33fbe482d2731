import { Button } from '@patternfly/react-core'
import { type ReactNode, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { AppError } from '../../../shared/errors/index.ts'
import type { BuildPreview } from '../../../shared/model/index.ts'
import { toPageError } from '../../lib/api/index.ts'
import { useT } from '../../lib/i18n/index.ts'
import { ActionButton, Banner, type Crumb, PageHead, Problem } from '../../ui/index.ts'
import { goToSection } from './go-to-field.ts'
import { Definition } from './side/definition.tsx'

export interface Step {
  /** Its element is `section-<id>`. */
  readonly id: string
  readonly title: string
  /** What has been chosen there, in a few words. */
  readonly summary: string
  /** Something there is missing or not right. */
  readonly wrong: boolean
}

export interface FrameProps {
  readonly title: string
  readonly crumbs: readonly Crumb[]
  /** Over the steps: what kind of thing is made, and where. */
  readonly kind: string
  readonly object: string
  readonly steps: readonly Step[]
  /** What the definition is compared with. */
  readonly base?: string
  readonly side: ReactNode
  readonly children: ReactNode
  readonly action: string
  readonly disabledReason: ReactNode
  readonly pending: boolean
  readonly error: AppError | null
  readonly onCreate: () => void
  /** Null: the form is not whole yet. Absent: there is no definition to be seen before. */
  readonly preview?: (() => Promise<BuildPreview>) | null
  /** What the definition depends on: with another, the one that was read is not shown any more. */
  readonly previewOf?: string
  readonly onDiscard?: (() => void) | undefined
}

/** A part counts as reached so far below the upper edge. */
const REACHED_PX = 24

/** The form's frame: its parts at the left, what will be made at the right, what is done at the foot. */
export function Frame(props: FrameProps) {
  const t = useT()
  const navigate = useNavigate()
  const [view, setView] = useState<'form' | 'definition'>('form')
  const [shown, setShown] = useState<{ readonly of: string; readonly preview: BuildPreview } | null>(null)
  const [failed, setFailed] = useState<AppError | null>(null)
  const [reading, setReading] = useState(false)
  const form = useRef<HTMLDivElement>(null)
  const jumpedTo = useRef<number | null>(null)
  const [current, setCurrent] = useState<string | null>(props.steps[0]?.id ?? null)
  const { preview, previewOf = '' } = props
  const definition = view === 'definition' && shown?.of === previewOf ? shown.preview : null

  async function showDefinition() {
    if (!preview) return
    setReading(true)
    setFailed(null)
    try {
      setShown({ of: previewOf, preview: await preview() })
      setView('definition')
    } catch (thrown) {
      setFailed(toPageError(thrown))
    } finally {
      setReading(false)
    }
  }

  /** The part that is at the top; at the very end the last one, however short it is. */
  function onScroll() {
    const box = form.current
    // A jump has said by itself where it goes, also where the end of the form stops it short.
    if (!box || box.scrollTop === jumpedTo.current) return
    jumpedTo.current = null
    const top = box.getBoundingClientRect().top + REACHED_PX
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 2
    const passed = props.steps.filter(({ id }) => (document.getElementById(`section-${id}`)?.getBoundingClientRect().top ?? top) < top)
    setCurrent((atEnd ? props.steps.at(-1) : passed.at(-1))?.id ?? null)
  }

  function goTo(id: string) {
    setView('form')
    requestAnimationFrame(() => {
      goToSection(id)
      jumpedTo.current = form.current?.scrollTop ?? null
      setCurrent(id)
    })
  }

  return (
    <form
      className="build"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (props.disabledReason === undefined) props.onCreate()
      }}
    >
      <nav className="build-steps" aria-label={t('build.steps')}>
        <div className="build-what">
          <span className="sub">{props.kind}</span>
          <b className="ellipsis" title={props.object}>
            {props.object}
          </b>
        </div>
        <ol>
          {props.steps.map((step, index) => (
            <li key={step.id}>
              <button
                type="button"
                className={step.wrong ? 'wrong' : undefined}
                aria-current={!definition && current === step.id ? 'step' : undefined}
                onClick={() => goTo(step.id)}
              >
                <span className="build-step-mark num" aria-hidden>
                  {step.wrong ? '!' : index + 1}
                </span>
                <span className="build-step-words">
                  <b>{step.title}</b>
                  <span className="sub ellipsis">{step.summary}</span>
                </span>
                {step.wrong && <span className="visually-hidden">{t('build.step-wrong')}</span>}
              </button>
            </li>
          ))}
        </ol>
      </nav>
      <div className="build-middle">
        <PageHead title={props.title} crumbs={props.crumbs} />
        {definition ? (
          <Definition preview={definition} base={props.base ?? ''} />
        ) : (
          <div className="build-form" ref={form} onScroll={onScroll}>
            {props.children}
          </div>
        )}
      </div>
      <aside className="build-side" aria-label={t('build.side')}>
        {props.side}
      </aside>
      {(props.error ?? failed) !== null && (
        <div className="build-error">
          <Banner tone="bad">{(props.error ?? failed) && <Problem error={(props.error ?? failed) as AppError} />}</Banner>
        </div>
      )}
      <footer className="build-foot">
        <ActionButton
          type="submit"
          variant="primary"
          isLoading={props.pending}
          disabledReason={props.pending ? t('build.pending') : props.disabledReason}
        >
          {props.action}
        </ActionButton>
        {definition ? (
          <Button variant="secondary" onClick={() => setView('form')}>
            {t('build.definition.back')}
          </Button>
        ) : preview === undefined ? null : (
          <ActionButton
            variant="secondary"
            isLoading={reading}
            disabledReason={preview ? undefined : t('build.definition.not-yet')}
            onClick={() => void showDefinition()}
          >
            {t('build.definition.show')}
          </ActionButton>
        )}
        <span className="grow" />
        {props.onDiscard && (
          <Button variant="link" onClick={props.onDiscard}>
            {t('build.discard')}
          </Button>
        )}
        <Button variant="link" onClick={() => void navigate(-1)}>
          {t('action.cancel')}
        </Button>
      </footer>
    </form>
  )
}
