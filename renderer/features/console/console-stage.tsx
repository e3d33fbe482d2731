import { type KeyboardEvent, type ReactNode, type RefObject, useRef, useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { Kbd } from '../../ui/index.ts'

/** A console takes every key there is, Tab as well: this one gives the keyboard back. Apple's keyboards have no right Ctrl. */
const IS_APPLE = /Mac|iP(hone|ad)/.test(navigator.platform)
const RELEASE_CODE = IS_APPLE ? 'MetaRight' : 'ControlRight'
const MODIFIERS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock'])

export interface ConsoleStageProps {
  readonly stage: RefObject<HTMLDivElement | null>
  readonly label: string
  readonly kind: 'vnc' | 'serial'
  /** Keys go to the machine. */
  readonly takesKeys: boolean
  /** Keys never go anywhere, and that is said at its foot all the time. */
  readonly readOnly?: boolean
  /** What stands there is old. */
  readonly isOld: boolean
  readonly message: ReactNode
  /** The machine shares its clipboard: what is pasted goes there first. */
  readonly onPaste?: ((text: string) => void) | undefined
  /** At the foot, where the keys are explained otherwise: what goes on with them. */
  readonly note?: ReactNode
  readonly children: ReactNode
}

/** Where the machine is seen, with the line under it about the keyboard. What is typed into the void is refused there, visibly. */
export function ConsoleStage({
  stage,
  label,
  kind,
  takesKeys,
  readOnly = false,
  isOld,
  message,
  onPaste,
  note,
  children,
}: ConsoleStageProps) {
  const { t } = useI18n()
  const [refused, countRefused, forgive] = useRefused(takesKeys)
  const alone = useRef(false)

  function onKeyDown(event: KeyboardEvent) {
    alone.current = event.code === RELEASE_CODE
    // the browser pastes only what nobody has taken: the key itself follows once the text is there
    if (onPaste && event.ctrlKey && !event.altKey && event.key.toLowerCase() === 'v') event.stopPropagation()
    // the controls of a message over the picture are pressed as any others
    const onControl = event.target instanceof HTMLButtonElement
    if (takesKeys || readOnly || onControl || MODIFIERS.has(event.key) || event.key === 'Tab') return
    countRefused()
  }

  function onKeyUp(event: KeyboardEvent) {
    if (!alone.current || event.code !== RELEASE_CODE) return
    alone.current = false
    stage.current?.parentElement?.querySelector<HTMLElement>('.console-bar [aria-checked="true"], .console-bar button')?.focus()
  }

  return (
    <>
      <div
        ref={stage}
        role="group"
        aria-label={label}
        tabIndex={-1}
        className={`console-stage ${kind}${isOld ? ' old' : ''}`}
        onKeyDownCapture={onKeyDown}
        onKeyUpCapture={onKeyUp}
        onFocusCapture={forgive}
        onPaste={onPaste && ((event) => onPaste(event.clipboardData.getData('text/plain')))}
      >
        {children}
        {message}
      </div>
      <div className="console-foot">
        {refused > 0 ? (
          <span className="warn-text" role="alert">
            {t('console.refused', { count: refused })}
          </span>
        ) : (
          (note ?? (
            <>
              <span>{t(takesKeys ? 'console.keys-go' : 'console.keys-go-nowhere')}</span>
              {takesKeys && (
                <span>
                  {t('console.release')} <Kbd>{IS_APPLE ? t('console.key.right-command') : t('console.key.right-ctrl')}</Kbd>
                </span>
              )}
            </>
          ))
        )}
      </div>
    </>
  )
}

/** How many keys went nowhere since the console was last open. */
function useRefused(takesKeys: boolean): readonly [number, () => void, () => void] {
  const [refused, setRefused] = useState(0)
  if (takesKeys && refused > 0) setRefused(0)
  return [refused, () => setRefused((before) => before + 1), () => setRefused(0)]
}
