import { Button } from '@patternfly/react-core'
import type { AppError } from '../../../shared/errors/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { EmptyState, Skeleton } from '../../ui/index.ts'

export interface NotReadableProps {
  readonly error: AppError
  readonly onAgain: () => void
}

export function NotReadable({ error, onAgain }: NotReadableProps) {
  const i18n = useI18n()
  const { t } = i18n
  return (
    <EmptyState
      title={t('build.not-readable')}
      actions={
        <Button variant="secondary" onClick={onAgain}>
          {t('offline.try-now')}
        </Button>
      }
    >
      <p>{i18n.error(error)}</p>
    </EmptyState>
  )
}

export function Waiting() {
  return (
    <div className="rows-waiting">
      <Skeleton width={260} />
      <Skeleton width={460} />
      <Skeleton width={380} />
    </div>
  )
}
