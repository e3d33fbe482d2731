import { RhUiCloseIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-close-icon'
import { RhUiSearchIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-search-icon'
import { type KeyboardEvent, type RefObject, useId, useMemo, useRef, useState } from 'react'
import {
  type Completion,
  completeQuery,
  type FieldSet,
  highlightQuery,
  MACHINE_FIELDS,
  type QueryError,
  type ValuesOf,
} from '../../../shared/query/index.ts'
import { type I18n, useI18n } from '../../lib/i18n/index.ts'
import { Kbd, useLate } from '../../ui/index.ts'

/** A field set of any kind of object: the box reads its names and values, never the objects. */
export type QueryFields = FieldSet<never, never>

export interface QueryBoxProps {
  readonly text: string
  readonly error: QueryError | null
  /** What can be asked about; machines unless given, with the words for it. */
  readonly fields?: QueryFields
  readonly label?: string
  readonly placeholder?: string
  /** "143 of 10,214". */
  readonly count: string
  readonly valuesOf: ValuesOf
  readonly inputRef: RefObject<HTMLInputElement | null>
  readonly onChange: (text: string) => void
  /** Esc in an empty box, Enter: the grid takes over. */
  readonly onLeave: () => void
}

const ERROR_AFTER_MS = 700

/** The query with its colours, completion under the caret, and errors under the column they are about. */
export function QueryBox({
  fields = MACHINE_FIELDS,
  label,
  placeholder,
  text,
  error,
  count,
  valuesOf,
  inputRef,
  onChange,
  onLeave,
}: QueryBoxProps) {
  const i18n = useI18n()
  const { t } = i18n
  const listId = useId()
  const errorId = useId()
  const [caret, setCaret] = useState<number | null>(null)
  const [active, setActive] = useState(-1)
  const [shift, setShift] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const completion = useMemo(() => (caret === null ? null : completeQuery(text, caret, fields, valuesOf)), [text, caret, fields, valuesOf])
  // An error before the caret comes first: offering more words would hide it.
  const broken = error !== null && completion !== null && error.to < completion.from
  const open = completion !== null && completion.items.length > 0 && !broken
  const showError = useLate(error !== null && !open, ERROR_AFTER_MS)

  function accept(chosen: Completion, index: number) {
    const item = chosen.items[index]
    if (!item) return
    const next = text.slice(0, chosen.from) + item.insert + text.slice(chosen.to)
    const at = chosen.from + item.insert.length
    onChange(next)
    setActive(-1)
    setCaret(item.kind === 'value' ? null : at)
    requestAnimationFrame(() => inputRef.current?.setSelectionRange(at, at))
  }

  function onKeyDown(event: KeyboardEvent) {
    const { key } = event
    if (open && (key === 'ArrowDown' || key === 'ArrowUp')) {
      event.preventDefault()
      const size = completion.items.length
      setActive(key === 'ArrowDown' ? (active + 1) % size : (active - 1 + size) % size)
      requestAnimationFrame(() => list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }))
    } else if (key === 'ArrowDown') {
      event.preventDefault()
      setCaret(inputRef.current?.selectionStart ?? text.length)
    } else if (open && ((key === 'Enter' && active >= 0) || (key === 'Tab' && !event.shiftKey))) {
      event.preventDefault()
      accept(completion, Math.max(active, 0))
    } else if (key === 'Enter') {
      event.preventDefault()
      setCaret(null)
      onLeave()
    } else if (key === 'Escape') {
      event.preventDefault()
      if (open) setCaret(null)
      else if (text !== '') onChange('')
      else onLeave()
    }
  }

  return (
    <div className={`query${error ? ' wrong' : ''}`}>
      <RhUiSearchIcon />
      <div className="query-field">
        <div className="query-ink" aria-hidden style={{ transform: `translateX(${-shift}px)` }}>
          <Ink text={text} fields={fields} />
        </div>
        <input
          ref={inputRef}
          type="text"
          role="combobox"
          aria-label={label ?? t('fleet.query')}
          aria-autocomplete="list"
          aria-expanded={open}
          aria-controls={listId}
          aria-activedescendant={open && active >= 0 ? `${listId}-${active}` : undefined}
          aria-invalid={error !== null}
          aria-describedby={showError ? errorId : undefined}
          aria-keyshortcuts="/"
          placeholder={placeholder ?? t('fleet.query-placeholder')}
          value={text}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => {
            onChange(event.target.value)
            setActive(-1)
            setCaret(event.target.selectionStart ?? event.target.value.length)
          }}
          onKeyDown={onKeyDown}
          onScroll={(event) => setShift(event.currentTarget.scrollLeft)}
          onSelect={(event) => setShift(event.currentTarget.scrollLeft)}
          onBlur={() => setCaret(null)}
        />
      </div>
      <span className="query-count num" role="status">
        {count}
      </span>
      {text !== '' && (
        <button type="button" className="query-clear" aria-label={t('fleet.query-clear')} onClick={() => onChange('')}>
          <RhUiCloseIcon />
        </button>
      )}
      <Kbd>/</Kbd>
      <div id={listId} ref={list} role="listbox" aria-label={t('fleet.query-completion')} className="completion" hidden={!open}>
        {open &&
          completion.items.map((item, index) => (
            <div
              key={`${item.kind}/${item.insert}`}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              className="completion-item"
              onMouseDown={(event) => {
                event.preventDefault()
                accept(completion, index)
              }}
            >
              <span className="mono">{item.label}</span>
              <span className="sub num">{item.count === undefined ? i18n.optional(item.detail) : i18n.format.number(item.count)}</span>
            </div>
          ))}
      </div>
      {showError && error && (
        <div id={errorId} role="alert" className="query-error" style={{ marginInlineStart: `calc(22px + ${error.from} * 0.6em)` }}>
          {queryErrorText(error, i18n)}
        </div>
      )}
    </div>
  )
}

function Ink({ text, fields }: { readonly text: string; readonly fields: QueryFields }) {
  const tokens = useMemo(() => highlightQuery(text, fields), [text, fields])
  const parts: React.ReactNode[] = []
  let at = 0
  for (const token of tokens) {
    if (token.from > at) parts.push(text.slice(at, token.from))
    parts.push(
      <span key={token.from} className={`ink-${token.role}`}>
        {text.slice(token.from, token.to)}
      </span>,
    )
    at = token.to
  }
  parts.push(text.slice(at))
  return parts
}

/** The catalogue's words for a refused query. */
export function queryErrorText(error: QueryError, i18n: I18n): string {
  const params: Record<string, string | number> = { at: error.from + 1 }
  for (const [key, value] of Object.entries(error.params))
    params[key] = Array.isArray(value) ? value.join(', ') || 'none' : (value as string | number)
  return i18n.wording(error.code, params) ?? error.code
}
