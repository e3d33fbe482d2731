import { Button } from '@patternfly/react-core'
import { useI18n } from '../../lib/i18n/index.ts'
import { useTicking } from '../../lib/time/ticker.ts'
import { MOST_RECORDED_BYTES } from './recording.ts'
import type { RecordingState } from './use-recording.ts'

/** Says that it is recorded, since when, and ends it. */
export function RecordingMark({ startedAtMs, full, stop }: RecordingState & { readonly startedAtMs: number }) {
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
