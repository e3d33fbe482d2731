import { useEffect, useRef, useState } from 'react'

/** How far what a form would do is known: it cannot be sent, it is being asked what would come of it, or that stands there. */
export type Known = 'no' | 'asking' | 'ready'

export interface HeldPress {
  /** A press is taken: the form can be sent, or is asking once more about what was read here before. */
  readonly canPress: boolean
  readonly press: () => void
}

/**
 * A press on a form that is just asking anew, as after each change of the machine, is not lost: it is sent with the answer, if that says the same
 * as what was read before. If it says something else, that is read first.
 *
 * @param edit what would be sent, as text
 * @param words all that a person reads of it before pressing, as text
 */
export function useHeldPress(known: Known, edit: string, words: string, send: () => void): HeldPress {
  const [read, setRead] = useState<{ readonly edit: string; readonly words: string } | null>(null)
  const held = useRef<typeof read>(null)
  if (known === 'ready' && (read?.edit !== edit || read.words !== words)) setRead({ edit, words })
  useEffect(() => {
    const pressed = held.current
    if (pressed === null || (known === 'asking' && pressed.edit === edit)) return
    held.current = null
    if (known === 'ready' && pressed.edit === edit && pressed.words === words) send()
  })
  const isAskedAnew = known === 'asking' && read?.edit === edit
  return {
    canPress: known === 'ready' || isAskedAnew,
    press() {
      if (known === 'ready') send()
      else if (isAskedAnew) held.current = read
    },
  }
}
