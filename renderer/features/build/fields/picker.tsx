import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { useT } from '../../../lib/i18n/index.ts'
import { Chevron } from '../../../ui/index.ts'
import { useField } from './form-context.ts'
import { FieldFrame } from './frame.tsx'

export interface Pick {
  readonly id: string
  readonly label: string
  /** Beside it, smaller: a size, an end of life. */
  readonly side?: string
  /** More words to find it by. */
  readonly words?: string
  readonly group?: string
}

export interface PickerProps {
  readonly path: string
  readonly picks: readonly Pick[]
  readonly value: string
  readonly onPick: (id: string) => void
  /** In the place of an empty list. */
  readonly empty: string
  readonly note?: React.ReactNode
  readonly placeholder?: string
  /** In a table: the column's head names it. */
  readonly bare?: boolean
  /** Given: somebody else searches as well, and `picks` are what was found. */
  readonly onSearch?: (text: string) => void
  /** Fits what may be taken as it was typed, though it is not in the list. */
  readonly free?: RegExp
}

const SHOWN = 200

/** A list that is searched by typing: arrows move, Enter takes, Escape leaves it as it was. */
export function Picker({ path, picks, value, onPick, empty, note, placeholder, bare = false, onSearch, free }: PickerProps) {
  const t = useT()
  const { problem, visited } = useField(path)
  const [search, setSearch] = useState<string | null>(null)
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const open = search !== null
  const chosen = picks.find((pick) => pick.id === value)
  const found = useMemo(() => {
    const words = (search ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '')
    const fitting = picks
      .filter((pick) => {
        const text = `${pick.label} ${pick.side ?? ''} ${pick.words ?? ''} ${pick.group ?? ''}`.toLowerCase()
        return words.every((word) => text.includes(word))
      })
      .slice(0, SHOWN)
    const typed = (search ?? '').trim()
    if (!free?.test(typed) || picks.some(({ id }) => id === typed)) return fitting
    return [...fitting, { id: typed, label: t('build.pick-typed', { text: typed }) }]
  }, [picks, search, free, t])

  function show(text: string) {
    setSearch(text)
    onSearch?.(text)
    setActive(
      text === ''
        ? Math.max(
            0,
            picks.findIndex((pick) => pick.id === value),
          )
        : 0,
    )
  }
  function take(pick: Pick | undefined) {
    if (pick) onPick(pick.id)
    setSearch(null)
    onSearch?.('')
  }
  function move(to: number) {
    const next = Math.max(0, Math.min(found.length - 1, to))
    setActive(next)
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) show('')
      else move(active + (event.key === 'ArrowDown' ? 1 : -1))
    } else if (event.key === 'Enter' && open) {
      event.preventDefault()
      take(found[active])
    } else if (event.key === 'Escape' && open) {
      event.preventDefault()
      event.stopPropagation()
      setSearch(null)
    }
  }

  return (
    <FieldFrame path={path} problem={problem} note={note} bare={bare}>
      {({ id, describedBy }) => (
        <div className="picker">
          <input
            id={id}
            type="text"
            role="combobox"
            className="text-input"
            value={search ?? chosen?.label ?? value}
            placeholder={placeholder ?? t('build.pick')}
            aria-expanded={open}
            aria-controls={open ? `${id}-list` : undefined}
            aria-autocomplete="list"
            aria-activedescendant={open && found[active] ? `${id}-${active}` : undefined}
            aria-describedby={describedBy}
            aria-invalid={problem !== null}
            autoComplete="off"
            spellCheck={false}
            onFocus={(event) => event.target.select()}
            onClick={() => {
              if (!open) show('')
            }}
            onChange={(event) => show(event.target.value)}
            onKeyDown={onKeyDown}
            onBlur={() => {
              setSearch(null)
              visited()
            }}
          />
          <Chevron open />
          {open && (
            <div className="picker-list" id={`${id}-list`} role="listbox" aria-label={t('build.pick')} ref={list}>
              {found.map((pick, index) => (
                <div
                  key={pick.id}
                  id={`${id}-${index}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={pick.id === value}
                  className={index === active ? 'active' : undefined}
                  // before the input loses the focus, and with it the list
                  onMouseDown={(event) => {
                    event.preventDefault()
                    take(pick)
                  }}
                >
                  <span className="ellipsis">{pick.label}</span>
                  {pick.side && <span className="sub num">{pick.side}</span>}
                </div>
              ))}
              {found.length === 0 && <p className="sub picker-none">{picks.length === 0 ? empty : t('build.pick-none')}</p>}
            </div>
          )}
        </div>
      )}
    </FieldFrame>
  )
}
