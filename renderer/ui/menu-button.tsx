import { Menu, MenuContent, MenuToggle, type MenuToggleProps } from '@patternfly/react-core'
import { type ReactNode, useCallback, useRef, useState } from 'react'
import { PopUp } from './pop-up.tsx'

export interface MenuButtonProps {
  readonly toggle: Omit<MenuToggleProps, 'ref' | 'isExpanded' | 'onClick'>
  readonly label: string
  /** With which edge of the button the menu lines up. */
  readonly align?: 'start' | 'end'
  /** A MenuList; `close` shuts the menu. */
  readonly children: (close: () => void) => ReactNode
}

/**
 * A button with a menu under it. Not PatternFly's Dropdown: it asks for computed styles whenever it renders, open or not, and by that
 * makes the browser lay out the page in the middle of a rendering.
 */
export function MenuButton({ toggle, label, align = 'start', children }: MenuButtonProps) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = useCallback(() => setOpen(false), [])
  return (
    <>
      <MenuToggle {...toggle} ref={button} isExpanded={open} onClick={() => setOpen(!open)} />
      {open && (
        <PopUp label={label} anchor={button} align={align} bare focus='[role="menuitem"]:not([aria-disabled="true"])' onClose={close}>
          <Menu isScrollable>
            <MenuContent>{children(close)}</MenuContent>
          </Menu>
        </PopUp>
      )}
    </>
  )
}
