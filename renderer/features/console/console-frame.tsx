import type { ReactNode, RefObject } from 'react'
import type { BarItem } from './bar-items.tsx'
import { ConsoleBar, ConsoleStatus } from './console-bar.tsx'
import { ConsoleMessage } from './console-message.tsx'
import type { ConsoleSession, ConsoleSnapshot } from './console-session.ts'
import { ConsoleStage } from './console-stage.tsx'
import type { PaneProps } from './pane.ts'

export interface ConsoleFrameProps {
  readonly pane: PaneProps
  readonly session: ConsoleSession
  readonly snapshot: ConsoleSnapshot
  readonly label: string
  readonly kind: 'vnc' | 'serial'
  readonly stage: RefObject<HTMLDivElement | null>
  /** Where the screen draws. */
  readonly box: RefObject<HTMLDivElement | null>
  readonly items: readonly BarItem[]
  /** Before the word for how it stands. */
  readonly mark?: ReactNode
  /** Behind the word for an open console. */
  readonly detail?: string | null
  /** Something has been seen, and stands there still. */
  readonly hasPicture: boolean
  /** What stands there is the machine's now. */
  readonly isLive: boolean
  readonly takesKeys: boolean
  /** Keys never go anywhere: no key is missed. */
  readonly readOnly?: boolean
  /** A shell of somebody's own. */
  readonly isShell?: boolean
  readonly onPaste?: ((text: string) => void) | undefined
  readonly note?: ReactNode
  readonly dialog?: ReactNode
}

/** A console's pane, whatever it shows: its bar, the screen with what stands over it, and the line under it. */
export function ConsoleFrame({ pane, session, snapshot, label, kind, stage, box, items, ...rest }: ConsoleFrameProps) {
  const { mark, detail, hasPicture, isLive, takesKeys, readOnly = false, isShell = false, onPaste, note, dialog } = rest
  return (
    <>
      <ConsoleBar
        picker={pane.picker}
        items={items}
        stage={stage}
        windows={pane.windows}
        status={
          <>
            {mark}
            <ConsoleStatus snapshot={snapshot} detail={detail ?? null} />
          </>
        }
      />
      <ConsoleStage
        stage={stage}
        label={label}
        kind={kind}
        takesKeys={takesKeys}
        readOnly={readOnly}
        isOld={hasPicture && !isLive}
        onPaste={onPaste}
        note={pane.windows.note ?? note}
        message={
          <ConsoleMessage
            machine={pane.machine}
            obstacle={pane.obstacle}
            snapshot={snapshot}
            session={session}
            hasPicture={hasPicture}
            plain={pane.plain}
            onListAgain={pane.onListAgain}
            isShell={isShell}
          />
        }
      >
        <div ref={box} className="console-screen" />
      </ConsoleStage>
      {dialog}
    </>
  )
}
