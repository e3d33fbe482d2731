import { Modal } from '@patternfly/react-core'
import { RhUiSearchIcon } from '@patternfly/react-icons/dist/esm/icons/rh-ui-search-icon'
import { type KeyboardEvent, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { type Command, currentCommands } from '../../lib/commands/index.ts'
import { useT } from '../../lib/i18n/index.ts'
import { useLive } from '../../lib/live/index.ts'
import { Kbd } from '../../ui/index.ts'
import { searchObjects } from './objects.ts'
import { closePalette, usePaletteState } from './palette-state.ts'
import { searchCommands } from './search.ts'

const COMMANDS = 40

/** Ctrl/Cmd-K: every action, screen and object by a few letters. What cannot be done now says why. */
export function Palette() {
  const open = usePaletteState((state) => state.open)
  return open ? <PaletteDialog /> : null
}

function PaletteDialog() {
  const t = useT()
  const navigate = useNavigate()
  const { store } = useLive()
  const [query, setQuery] = useState('')
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const searched = useDeferredValue(query)
  const commands = useMemo(() => currentCommands(), [])
  const search = useCallback(
    (text: string) => {
      const found = searchCommands(commands, text, COMMANDS)
      const objects = searchObjects(store, text, t, (path) => void navigate(path))
      return grouped([...found, ...objects])
    },
    [commands, store, t, navigate],
  )
  const hits = useMemo(() => search(searched), [search, searched])

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  })

  function run(command: Command) {
    if (command.disabledReason !== undefined) return
    closePalette()
    command.run()
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && hits.length > 0) {
      event.preventDefault()
      setActive((before) => (before + step + hits.length) % hits.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      // the list may still show what was found for less of the text: never run that
      const command = (searched === query ? hits : search(query))[active]
      if (command) run(command)
    }
  }

  return (
    <Modal
      isOpen
      variant="medium"
      aria-label={t('palette.open')}
      position="top"
      className="palette-dialog"
      onClose={closePalette}
      elementToFocus="#palette-input"
    >
      <div className="palette-search">
        <RhUiSearchIcon />
        <input
          id="palette-input"
          ref={focus}
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={hits[active] ? optionId(active) : undefined}
          aria-label={t('palette.open')}
          placeholder={t('palette.placeholder')}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value)
            setActive(0)
          }}
          onKeyDown={onKeyDown}
          spellCheck={false}
          autoComplete="off"
        />
      </div>
      <div className="palette-list" id="palette-list" role="listbox" aria-label={t('palette.results')} ref={list}>
        {hits.length === 0 && <p className="palette-none">{t('palette.nothing', { query })}</p>}
        {hits.map((command, index) => (
          <div
            key={command.id}
            id={optionId(index)}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            aria-disabled={command.disabledReason !== undefined}
            className="palette-option"
            onMouseMove={() => setActive(index)}
            onClick={() => run(command)}
            onKeyDown={onKeyDown}
          >
            <span className="palette-title ellipsis">{command.title}</span>
            {command.disabledReason !== undefined && <span className="palette-reason ellipsis">{command.disabledReason}</span>}
            <span className="palette-group">{command.group}</span>
            {command.shortcut && <Kbd>{command.shortcut}</Kbd>}
          </div>
        ))}
      </div>
    </Modal>
  )
}

/** At once: what is typed right after the shortcut belongs into it. */
function focus(input: HTMLInputElement | null): void {
  input?.focus()
}

function optionId(index: number): string {
  return `palette-option-${index}`
}

/** Keeps the order of groups by their best hit, and within a group by rank. */
function grouped(commands: readonly Command[]): readonly Command[] {
  const groups = new Map<string, Command[]>()
  for (const command of commands) {
    const group = groups.get(command.group)
    if (group) group.push(command)
    else groups.set(command.group, [command])
  }
  return [...groups.values()].flat()
}
