import { Button } from '@patternfly/react-core'
import { type KeyboardEvent, useId, useState } from 'react'
import type { CloudChoices } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'

type Choice = CloudChoices['choices'][number]

export interface ListPickerProps {
  readonly id: string
  readonly describedBy: string | undefined
  readonly label: string
  readonly value: readonly string[]
  /** What was found with the login; undefined: not asked yet, or nothing to ask. */
  readonly choices: readonly Choice[] | undefined
  /** What an empty list stands for. */
  readonly emptyText: string
  readonly invalid: boolean
  readonly onChange: (value: readonly string[]) => void
}

/** Several of a list: ticked among what was found, or typed by hand. Nothing ticked stands for all, or what `emptyText` says. */
export function ListPicker({ id, describedBy, label, value, choices, emptyText, invalid, onChange }: ListPickerProps) {
  const { t, format } = useI18n()
  const [text, setText] = useState('')
  // What was typed stays to be ticked again.
  const [typed, setTyped] = useState<readonly string[]>([])
  const found = choices ?? []
  const own = [...new Set([...value, ...typed])].filter((one) => found.every((choice) => choice.value !== one)).map(byHand)
  const wanted = text.trim().toLowerCase()
  const shown = [...own, ...found].filter((choice) => choices === undefined || matches(choice, wanted))
  const isNew = wanted !== '' && found.every((choice) => choice.value.toLowerCase() !== wanted)

  function toggle(one: string) {
    onChange(value.includes(one) ? value.filter((other) => other !== one) : [...value, one])
  }

  function add() {
    const words = text.split(/[\s,]+/).filter((word) => word !== '')
    setText('')
    setTyped([...new Set([...typed, ...words])])
    onChange([...new Set([...value, ...words])])
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || wanted === '') return
    event.preventDefault()
    const [only, ...others] = shown.filter((choice) => choice.disabledReason === null)
    if (choices === undefined || shown.length === 0) add()
    else if (only && (others.length === 0 || only.value.toLowerCase() === wanted)) {
      if (!value.includes(only.value)) onChange([...value, only.value])
      setText('')
    }
  }

  return (
    <div className="list-picker">
      <input
        id={id}
        type="text"
        className="text-input"
        value={text}
        placeholder={t(choices ? 'list.search' : 'list.type')}
        aria-describedby={describedBy}
        aria-invalid={invalid}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        // Without anything to search in, what is typed is meant.
        onBlur={() => choices === undefined && wanted !== '' && add()}
      />
      <p className="list-state">
        <span role="status">
          {value.length === 0 ? emptyText : t('list.chosen', { count: value.length, shown: format.number(value.length) })}
        </span>
        {value.length > 0 && (
          <Button variant="link" isInline onClick={() => onChange([])}>
            {t('list.clear')}
          </Button>
        )}
      </p>
      {(own.length > 0 || found.length > 0) && (
        <div className="list-choices" role="group" aria-label={label}>
          {shown.map((choice) => (
            <ChoiceLine key={choice.value} choice={choice} checked={value.includes(choice.value)} onToggle={() => toggle(choice.value)} />
          ))}
          {choices && isNew && (
            <div className="list-add">
              {shown.length === 0 && <span className="sub">{t('list.no-match')}</span>}
              <Button variant="link" isInline onClick={add}>
                {t('list.add', { text: text.trim() })}
              </Button>
            </div>
          )}
        </div>
      )}
    </div>
  )
}

interface ChoiceLineProps {
  readonly choice: Choice
  readonly checked: boolean
  readonly onToggle: () => void
}

function ChoiceLine({ choice, checked, onToggle }: ChoiceLineProps) {
  const i18n = useI18n()
  const reasonId = useId()
  const { value, label, disabledReason } = choice
  return (
    <label className={`list-choice${disabledReason === null ? '' : ' quiet'}`}>
      <input
        type="checkbox"
        className="check-input"
        checked={checked}
        // What was chosen before it was disabled can be taken out.
        disabled={disabledReason !== null && !checked}
        aria-describedby={disabledReason === null ? undefined : reasonId}
        onChange={onToggle}
      />
      <span className="list-choice-text">
        <span>{label}</span>
        {label !== value && !label.includes(value) && <span className="mono sub">{value}</span>}
        {disabledReason !== null && (
          <span id={reasonId} className="sub">
            {i18n.optional(`form.issue.${disabledReason}`) ?? disabledReason}
          </span>
        )}
      </span>
    </label>
  )
}

function byHand(value: string): Choice {
  return { value, label: value, disabledReason: null }
}

function matches({ value, label }: Choice, wanted: string): boolean {
  return wanted === '' || value.toLowerCase().includes(wanted) || label.toLowerCase().includes(wanted)
}
