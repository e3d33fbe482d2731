import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'

const GAP = 4
const MARGIN = 8

export interface PopUpProps {
  readonly label: string
  /** The button it belongs to: it opens under it, and gives the focus back to it. */
  readonly anchor: RefObject<HTMLElement | null>
  /** With which edge of the button it lines up. */
  readonly align?: 'start' | 'end'
  /** What it holds draws its own surface. */
  readonly bare?: boolean
  /** Selector of what gets the focus when it opens; left out: the focus stays where it is. */
  readonly focus?: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A small panel of controls under a button, mounted while it is open. It follows the button in the document, so Tab leads into it. */
export function PopUp({ label, anchor, align = 'start', bare = false, focus, onClose, children }: PopUpProps) {
  const box = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState({ left: 0, top: 0 })

  useLayoutEffect(() => {
    const button = anchor.current?.getBoundingClientRect()
    const size = box.current?.getBoundingClientRect()
    if (!button || !size) return
    setAt({
      left: Math.max(
        MARGIN,
        Math.min(align === 'start' ? button.left : button.right - size.width, window.innerWidth - size.width - MARGIN),
      ),
      top: Math.max(MARGIN, Math.min(button.bottom + GAP, window.innerHeight - size.height - MARGIN)),
    })
  }, [anchor, align])

  useEffect(() => {
    if (focus !== undefined) box.current?.querySelector<HTMLElement>(focus)?.focus()
  }, [focus])

  useEffect(() => {
    const outside = ({ target }: MouseEvent | FocusEvent) => {
      if (!(target instanceof Node) || box.current?.contains(target) || anchor.current?.contains(target)) return
      onClose()
    }
    document.addEventListener('mousedown', outside)
    document.addEventListener('focusin', outside)
    return () => {
      document.removeEventListener('mousedown', outside)
      document.removeEventListener('focusin', outside)
    }
  }, [anchor, onClose])

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    onClose()
    anchor.current?.focus()
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys that bubble from the controls inside
    <div ref={box} role="presentation" className={bare ? 'floating-menu' : 'pop-up'} style={at} onKeyDown={onKeyDown}>
      <div role="group" aria-label={label}>
        {children}
      </div>
    </div>
  )
}
