import { Divider, Menu, MenuContent, MenuItem, MenuList } from '@patternfly/react-core'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'

export type MenuEntry =
  | { readonly kind: 'divider'; readonly id: string }
  | {
      readonly kind: 'item'
      readonly id: string
      readonly label: string
      /** Why it cannot be chosen now: shown under the label, and the item stays reachable. */
      readonly disabledReason?: string | undefined
      /** What it means, under the label while it can be chosen. */
      readonly help?: string
      readonly danger?: boolean
      readonly run: () => void
    }

export interface FloatingMenuProps {
  readonly label: string
  /** Where it opens, in pixels of the window; it moves inward where it would leave it. */
  readonly at: { readonly x: number; readonly y: number }
  readonly entries: readonly MenuEntry[]
  readonly onClose: () => void
}

/** A menu at a point: the context menu of a row, or the list under a button. Gives the focus back when it closes. */
export function FloatingMenu({ label, at, entries, onClose }: FloatingMenuProps) {
  const box = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState({ left: at.x, top: at.y })

  useLayoutEffect(() => {
    const size = box.current?.getBoundingClientRect()
    if (!size) return
    setPlace({
      left: Math.max(8, Math.min(at.x, window.innerWidth - size.width - 8)),
      top: Math.max(8, Math.min(at.y, window.innerHeight - size.height - 8)),
    })
  }, [at.x, at.y])

  useEffect(() => {
    const before = document.activeElement
    box.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus()
    const outside = (event: MouseEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) onClose()
    }
    document.addEventListener('mousedown', outside)
    return () => {
      document.removeEventListener('mousedown', outside)
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [onClose])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys that bubble from the menu inside
    <div
      ref={box}
      role="presentation"
      className="floating-menu"
      style={place}
      onKeyDown={(event) => {
        if (event.key === 'Escape' || event.key === 'Tab') {
          event.preventDefault()
          event.stopPropagation()
          onClose()
        }
      }}
    >
      <Menu isScrollable>
        <MenuContent>
          <MenuList aria-label={label}>
            {entries.map((entry) =>
              entry.kind === 'divider' ? (
                <Divider key={entry.id} component="li" />
              ) : (
                <MenuItem
                  key={entry.id}
                  isDanger={entry.danger === true}
                  isAriaDisabled={entry.disabledReason !== undefined}
                  description={entry.disabledReason ?? entry.help}
                  onClick={() => {
                    if (entry.disabledReason !== undefined) return
                    onClose()
                    entry.run()
                  }}
                >
                  {entry.label}
                </MenuItem>
              ),
            )}
          </MenuList>
        </MenuContent>
      </Menu>
    </div>
  )
}
