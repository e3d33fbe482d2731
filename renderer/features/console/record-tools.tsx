import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import { useI18n } from '../../lib/i18n/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { ActionButton } from '../../ui/index.ts'
import { RecordDialog } from './record-dialog.tsx'
import { MOST_RECORDED_BYTES } from './recording.ts'
import type { RecordingState } from './use-recording.ts'

export interface RecordToolsProps {
  readonly recording: RecordingState
  readonly disabledReason: string | undefined
}

/** Begins a recording, once the person has read what is in it; while it goes on, says so and ends it. */
export function RecordTools({ recording, disabledReason }: RecordToolsProps) {
  const { t } = useI18n()
  const [dialog, setDialog] = useState(false)
  if (recording.startedAtMs !== null) return <Running {...recording} startedAtMs={recording.startedAtMs} />
  return (
    <>
      <ActionButton variant="plain" size="sm" disabledReason={disabledReason} onClick={() => setDialog(true)}>
        {t('console.record')}
      </ActionButton>
      {dialog && (
        <RecordDialog
          onStart={(withInput) => {
            setDialog(false)
            recording.start(withInput)
          }}
          onCancel={() => setDialog(false)}
        />
      )}
    </>
  )
}

function Running({ startedAtMs, full, stop }: RecordingState & { readonly startedAtMs: number }) {
  const { t, format } = useI18n()
  const span = useTicking((nowMs) => format.clock(nowMs - startedAtMs).padStart(5, '0'))
  return (
    <>
      {full ? (
        <span className="console-recording full" role="alert">
          {t('console.record.full', { size: format.bytes(MOST_RECORDED_BYTES) })}
        </span>
      ) : (
        <span className="console-recording num">
          <i className="console-recording-mark" aria-hidden />
          {t('console.record.running', { span })}
        </span>
      )}
      <Button variant="secondary" size="sm" onClick={stop}>
        {t('console.record.stop')}
      </Button>
    </>
  )
}
