import type { AppError } from '../../../shared/errors/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { NotRead, Skeleton } from '../../ui/index.ts'

export interface NotReadableProps {
  readonly error: AppError
  readonly onAgain: () => void
}

export function NotReadable({ error, onAgain }: NotReadableProps) {
  const { t } = useI18n()
  return <NotRead title={t('build.not-readable')} error={error} onAgain={onAgain} />
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
