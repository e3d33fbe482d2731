import { Dropdown, MenuToggle, type MenuToggleProps } from '@patternfly/react-core'
import { type ReactNode, useCallback, useRef, useState } from 'react'

export interface MenuButtonProps {
  readonly toggle: Omit<MenuToggleProps, 'ref' | 'isExpanded' | 'onClick'>
  /** To which edge of the button the menu keeps. */
  readonly align?: 'start' | 'end'
  /** The entries; `close` shuts the menu. */
  readonly children: (close: () => void) => ReactNode
}

/**
 * A button with a menu under it. The menu is mounted only while it is open: PatternFly asks for computed styles whenever it renders
 * one, open or not, and by that makes the browser lay out the page in the middle of a rendering.
 */
export function MenuButton({ toggle, align = 'start', children }: MenuButtonProps) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = useCallback(() => setOpen(false), [])
  return (
    <>
      <MenuToggle {...toggle} ref={button} isExpanded={open} onClick={() => setOpen(!open)} />
      {open && (
        <Dropdown isOpen onOpenChange={setOpen} popperProps={{ position: align }} toggle={{ toggleRef: button, toggleNode: null }}>
          {children(close)}
        </Dropdown>
      )}
    </>
  )
}
