import { Button } from '@patternfly/react-core'
import { type I18n, useI18n } from '../lib/i18n/index.ts'
import { EmptyState } from './pieces.tsx'

export interface NotReadProps {
  readonly title: string
  readonly error: Parameters<I18n['error']>[0]
  /** Null: asking again is of no use. */
  readonly onAgain: (() => void) | null
}

/** Stands where something could not be read: why, and a way to ask again. */
export function NotRead({ title, error, onAgain }: NotReadProps) {
  const i18n = useI18n()
  return (
    <EmptyState
      title={title}
      actions={
        onAgain && (
          <Button variant="secondary" onClick={onAgain}>
            {i18n.t('offline.try-now')}
          </Button>
        )
      }
    >
      <p>{i18n.error(error)}</p>
    </EmptyState>
  )
}
