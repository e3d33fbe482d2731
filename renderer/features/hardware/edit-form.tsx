import { Button } from '@patternfly/react-core'
import { type ReactNode, useId, useState } from 'react'
import { type EditTime, type HardwareEdit, type HardwarePreview, hardwareEditSchema } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { ActionButton, Banner, DiffView, Problem } from '../../ui/index.ts'
import { Conflict } from './conflict.tsx'
import { baseOf, setAttempt, useDrafts, wasEdited } from './drafts.ts'
import { FieldEdits } from './field.tsx'
import { useHardware } from './hardware-context.ts'
import { useHeldPress } from './held-press.ts'
import { fieldWord } from './pending-words.ts'
import { usePreview } from './queries.ts'
import { chosenTime, refusalOf, timesOf } from './timing.ts'
import { useAttempt } from './use-attempt.ts'

export interface EditFormProps {
  /** Of its draft. */
  readonly formKey: string
  readonly title?: string
  /** What saving would do; null: nothing has been changed, or the form is not whole. */
  readonly edit: HardwareEdit | null
  /** Why the form is not whole; null: it is, or it is untouched. */
  readonly problem?: string | null
  /** The edits of each field alone. */
  readonly fields?: Readonly<Record<string, HardwareEdit | null>>
  readonly save: string
  readonly danger?: boolean
  /** What is changed in the definition stands open from the beginning. */
  readonly showsChanges?: boolean
  /** Absent: there is nothing to be thrown away. */
  readonly onReset?: (() => void) | undefined
  readonly children: ReactNode
}

/** Fields, and under them when their change counts, what should be known before, what it does to the definitions, and the button that does it. */
export function EditForm({
  formKey,
  title,
  edit,
  problem = null,
  fields = {},
  save,
  danger = false,
  showsChanges,
  onReset,
  children,
}: EditFormProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { machine, view, locked } = useHardware()
  const draft = useDrafts(({ drafts }) => drafts[formKey])
  const { attempt, isUnderWay, send } = useAttempt(formKey)
  const whole = edit && hardwareEditSchema.safeParse(edit)
  const sound = whole?.success ? whole.data : null
  const wrong = problem ?? (whole && !whole.success ? wordsOf(whole.error.issues[0]?.message, i18n.optional, t('hw.not-right')) : null)
  const preview = usePreview({ machineId: machine.id, revision: view.revision }, sound)
  const [wanted, setWanted] = useState<EditTime | null>(null)
  const [isOpen, setIsOpen] = useState(showsChanges ?? false)
  const isOff = view.running === null
  const times = preview.data ? timesOf(preview.data).filter((each) => !isOff || each.when === 'next-start') : []
  const when = chosenTime(times, wanted)
  const isConflict = draft !== undefined && wasEdited(draft.base, view) && !isUnderWay
  const base = isConflict ? draft.base : baseOf(view)
  const refusal = preview.data && refusalOf(preview.data)
  // one field that cannot be at all is said once, below
  const isSaidBelow = Boolean(refusal) && Object.values(fields).filter((each) => each !== null).length === 1
  const isActive = edit !== null || problem !== null
  const disabledReason = isConflict
    ? t('hw.conflict.first')
    : (locked ?? wrong ?? (refusal ? i18n.reason(refusal) : null) ?? (sound && preview.error ? i18n.error(preview.error) : null))
  const isPossible = sound !== null && disabledReason === null && !isUnderWay
  const known = isPossible && !preview.isCurrent ? 'asking' : isPossible && when !== null ? 'ready' : 'no'
  // with the definition that is kept: an edit by somebody else has to be seen first
  const words = JSON.stringify([isOff, when, preview.data?.split, preview.data?.warnings, preview.data?.kept])
  const { canPress, press } = useHeldPress(known, JSON.stringify(sound), words, () => {
    if (sound && when) send(sound, when, base.revision)
  })
  return (
    <form
      className="hw-form"
      aria-label={title ?? save}
      onSubmit={(event) => {
        event.preventDefault()
        press()
      }}
    >
      {title && <h3>{title}</h3>}
      {isConflict && <Conflict draftKey={formKey} base={base} />}
      <fieldset className="hw-fields" disabled={isUnderWay}>
        <FieldEdits value={isSaidBelow ? {} : fields}>{children}</FieldEdits>
      </fieldset>
      {attempt?.error && !isConflict && (
        <Banner
          tone="bad"
          actions={
            <Button variant="link" size="sm" onClick={() => setAttempt(formKey, null)}>
              {t('hw.dismiss')}
            </Button>
          }
        >
          <Problem error={{ ...attempt.error }} />
        </Banner>
      )}
      {isActive && (
        <div className="hw-foot" aria-busy={sound !== null && !preview.isCurrent}>
          {wrong !== null && <p className="bad-text">{wrong}</p>}
          {wrong === null && sound && preview.error && <Problem error={preview.error} />}
          {wrong === null && preview.data && (
            <>
              {refusal ? (
                <p className="bad-text" role="alert">
                  {i18n.reason(refusal)}
                </p>
              ) : (
                <When times={times} when={when} split={preview.data.split} isOff={isOff} onChange={setWanted} />
              )}
              {preview.data.warnings.length > 0 && (
                <ul className="hw-warnings" aria-label={t('hw.warnings')}>
                  {preview.data.warnings.map((warning) => (
                    <li key={warning.code}>{i18n.reason(warning)}</li>
                  ))}
                </ul>
              )}
              {(preview.data.kept || preview.data.running) && (
                <button type="button" className="hw-toggle" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
                  {t(isOpen ? 'hw.changes.hide' : 'hw.changes.show')}
                </button>
              )}
              {isOpen && (
                <Changes
                  when={when}
                  kept={preview.data.kept}
                  running={when === 'split' ? (preview.data.split?.running ?? null) : preview.data.running}
                />
              )}
            </>
          )}
          <span className="hw-actions">
            <ActionButton
              type="submit"
              variant={danger ? 'danger' : 'primary'}
              size="sm"
              isLoading={isUnderWay}
              disabledReason={disabledReason ?? (isUnderWay ? t('hw.under-way') : canPress ? undefined : t('hw.asking'))}
            >
              {save}
            </ActionButton>
            {onReset && !isUnderWay && (
              <Button variant="link" size="sm" onClick={onReset}>
                {t('hw.discard')}
              </Button>
            )}
            <span className="sub small" role="status">
              {isUnderWay ? t('hw.under-way') : sound && !preview.isCurrent && !preview.error ? t('hw.asking') : ''}
            </span>
          </span>
        </div>
      )}
    </form>
  )
}

/** What a schema says by its codes; its own English words are no use to anybody. */
function wordsOf(message: string | undefined, optional: (key: string) => string | null, fallback: string): string {
  return optional(`hw.issue.${message}`) ?? fallback
}

interface WhenProps {
  readonly times: ReturnType<typeof timesOf>
  readonly when: EditTime | null
  readonly split: HardwarePreview['split']
  readonly isOff: boolean
  readonly onChange: (when: EditTime) => void
}

/** When it counts: all of the choices are seen, with the reason of those that are none. */
function When({ times, when, split, isOff, onChange }: WhenProps) {
  const i18n = useI18n()
  const { t } = i18n
  const name = useId()
  const words = (fields: readonly string[]) => fields.map((field) => fieldWord(field, i18n)).join(', ')
  if (isOff) return <p>{t('hw.when.off')}</p>
  return (
    <fieldset className="hw-when">
      <legend>{t('hw.when')}</legend>
      {times.map(({ when: each, reason }) => (
        <label key={each} className="check-line">
          <input
            type="radio"
            className="check-input"
            name={name}
            checked={when === each}
            disabled={reason !== null}
            onChange={() => onChange(each)}
          />
          <span>
            {t(`hw.when.${each}`)}
            {each === 'split' && split && (
              <span className="form-note block">
                {t('hw.when.split.note', { now: words(split.now), rest: words(split.rest.map(({ field }) => field)) })}
              </span>
            )}
            {reason && each !== 'both' && <span className="form-note block">{i18n.reason(reason)}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}

interface ChangesProps {
  readonly when: EditTime | null
  readonly kept: { readonly before: string; readonly after: string } | null
  readonly running: { readonly before: string; readonly after: string } | null
}

/** What it does to the definitions that it would change. */
function Changes({ when, kept, running }: ChangesProps) {
  const { t } = useI18n()
  const shown = [
    ...(kept && when !== 'now' ? [{ label: t('hw.kept'), ...kept }] : []),
    ...(running && when !== 'next-start' ? [{ label: t('hw.running'), ...running }] : []),
  ]
  return (
    <>
      {shown.map(({ label, before, after }) => (
        <div key={label} className="hw-changes">
          <h4>{label}</h4>
          <DiffView before={before} after={after} label={label} />
        </div>
      ))}
      {shown.length === 0 && <p className="sub">{t('hw.changes.none')}</p>}
    </>
  )
}
