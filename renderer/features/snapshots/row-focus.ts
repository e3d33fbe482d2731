import type { KeyboardEvent } from 'react'

/** Up and down lead from one row's button to the next, Home and End to the first and last. */
export function moveFocus(event: KeyboardEvent<HTMLButtonElement>): void {
  const { key, currentTarget } = event
  if (key !== 'ArrowDown' && key !== 'ArrowUp' && key !== 'Home' && key !== 'End') return
  const buttons = [...(currentTarget.closest('table')?.querySelectorAll<HTMLButtonElement>('tbody button') ?? [])]
  const at = buttons.indexOf(currentTarget)
  event.preventDefault()
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[key]
  buttons[Math.min(buttons.length - 1, Math.max(0, next))]?.focus()
}
