import { useT } from '../../lib/i18n/index.ts'
import { Skeleton } from '../../ui/index.ts'

const ROWS = 16

/** The shape of the grid before its first data: same heights, so that nothing jumps. */
export function GridSkeleton() {
  const t = useT()
  return (
    <div className="grid grid-skeleton" aria-busy="true" role="status" aria-label={t('fleet.loading')}>
      <div className="grid-head" />
      <div className="grid-rows" aria-hidden>
        {Array.from({ length: ROWS }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows have nothing else
          <div key={row} className="grid-row skeleton-row" style={{ top: row * 28 }}>
            <Skeleton width={14} />
            <Skeleton width={64} />
            <Skeleton width={90 + ((row * 37) % 80)} />
            <Skeleton width={70} />
            <Skeleton width={90} />
          </div>
        ))}
      </div>
    </div>
  )
}
