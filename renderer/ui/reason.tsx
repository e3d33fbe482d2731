import { Button, type ButtonProps } from '@patternfly/react-core'
import { type ReactNode, useCallback, useId, useLayoutEffect, useRef, useState } from 'react'

const GAP = 7
const MARGIN = 8

export interface ReasonProps {
  /** What stands in the pop-over: the reason, the way out. Null: nothing opens. */
  readonly content: ReactNode
  /** Gets the id of the pop-over for `aria-describedby` while it is open. */
  readonly children: (describedBy: string | undefined) => ReactNode
}

/**
 * A pop-over that opens on hover and on focus. It follows its trigger in the document, so Tab goes into it and its links
 * can be pressed; Esc closes it.
 */
export function Reason({ content, children }: ReasonProps) {
  const id = useId()
  const wrap = useRef<HTMLSpanElement>(null)
  const pop = useRef<HTMLDivElement>(null)
  const closing = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState<{ readonly left: number; readonly top: number }>({ left: 0, top: 0 })
  const shown = open && content !== null && content !== undefined

  const show = useCallback(() => {
    clearTimeout(closing.current)
    setOpen(true)
  }, [])
  const hideSoon = useCallback(() => {
    clearTimeout(closing.current)
    closing.current = setTimeout(() => setOpen(false), 120)
  }, [])

  useLayoutEffect(() => {
    if (!shown || !wrap.current || !pop.current) return
    const anchor = wrap.current.getBoundingClientRect()
    const size = pop.current.getBoundingClientRect()
    const below = anchor.bottom + GAP
    const top = below + size.height + MARGIN > window.innerHeight ? anchor.top - GAP - size.height : below
    const left = Math.min(Math.max(MARGIN, anchor.left), window.innerWidth - size.width - MARGIN)
    setAt({ left, top: Math.max(MARGIN, top) })
  }, [shown])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only watches where the pointer and the focus are
    <span
      ref={wrap}
      role="presentation"
      className="reason-wrap"
      onMouseEnter={show}
      onMouseLeave={hideSoon}
      onFocus={show}
      onBlur={(event) => {
        if (!wrap.current?.contains(event.relatedTarget)) setOpen(false)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && shown) {
          event.stopPropagation()
          setOpen(false)
        }
      }}
    >
      {children(shown ? id : undefined)}
      {shown && (
        <div ref={pop} id={id} role="tooltip" className="reason" style={at}>
          {content}
        </div>
      )}
    </span>
  )
}

export interface ActionButtonProps extends Omit<ButtonProps, 'isDisabled' | 'isAriaDisabled' | 'ref'> {
  /** Why it cannot be pressed now. It stays reachable by keyboard, so that the reason can be read. */
  readonly disabledReason?: ReactNode
}

/** A button whose reason for being disabled can be read by everybody. */
export function ActionButton({ disabledReason, ...button }: ActionButtonProps) {
  const disabled = disabledReason !== undefined && disabledReason !== null
  if (!disabled) return <Button {...button} />
  return (
    <Reason content={disabledReason}>
      {(describedBy) => <Button {...button} isAriaDisabled onClick={() => {}} aria-describedby={describedBy} />}
    </Reason>
  )
}
