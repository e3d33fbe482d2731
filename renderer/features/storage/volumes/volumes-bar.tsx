import { Button } from '@patternfly/react-core'
import { type RefObject, useMemo } from 'react'
import { useI18n } from '../../../lib/i18n/index.ts'
import { ActionButton, Age } from '../../../ui/index.ts'
import type { Sort } from '../table/table-model.ts'
import type { VolumeListState } from './volume-list.ts'
import { formatsOf, NO_FILTER, needsFacts, type VolumeFilter } from './volume-order.ts'

export interface VolumesBarProps {
  readonly state: VolumeListState
  readonly shown: number
  readonly filter: VolumeFilter
  readonly sort: Sort
  /** Why it cannot be read again now. */
  readonly noRead: string | undefined
  readonly searchBox: RefObject<HTMLInputElement | null>
  readonly onFilter: (filter: VolumeFilter) => void
  readonly onSortAgain: () => void
  readonly onAgain: () => void
}

/** Which volumes are shown, how much is known of them, and since when. */
export function VolumesBar({ state, shown, filter, sort, noRead, searchBox, onFilter, onSortAgain, onAgain }: VolumesBarProps) {
  const { t } = useI18n()
  const formats = useMemo(() => formatsOf(state.rows.values()), [state.rows])
  const put = (change: Partial<VolumeFilter>) => {
    const next = { ...filter, ...change }
    onFilter(next.text === '' && next.format === null && !next.unusedOnly ? NO_FILTER : next)
  }
  return (
    <div className="storage-bar">
      <input
        ref={searchBox}
        type="search"
        className="text-input storage-search"
        placeholder={t('storage.search')}
        aria-label={t('storage.search')}
        value={filter.text}
        spellCheck={false}
        onChange={(event) => put({ text: event.target.value })}
      />
      <select
        className="text-input storage-format"
        aria-label={t('column.format')}
        value={filter.format ?? ''}
        onChange={(event) => put({ format: event.target.value || null })}
      >
        <option value="">{t('storage.any-format')}</option>
        {[...new Set([...formats, ...(filter.format === null ? [] : [filter.format])])].map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
      <label className="check-line">
        <input
          type="checkbox"
          className="check-input"
          checked={filter.unusedOnly}
          onChange={(event) => put({ unusedOnly: event.target.checked })}
        />
        <span>{t('storage.unused-only')}</span>
      </label>
      <Count isRead={noRead === undefined} state={state} shown={shown} isFiltered={filter !== NO_FILTER} />
      {state.phase === 'reading' && needsFacts(filter, sort) && (
        <Button variant="link" isInline onClick={onSortAgain}>
          {t('storage.sort-again')}
        </Button>
      )}
      <span className="grow" />
      {state.observedAtMs !== null && (
        <span className="sub num">
          {t('storage.list-read')} <Age atMs={state.observedAtMs} ago />
        </span>
      )}
      <ActionButton
        variant="link"
        isInline
        disabledReason={noRead}
        title={noRead === undefined ? t('storage.read-again.help') : undefined}
        onClick={onAgain}
      >
        {t('storage.read-again')}
      </ActionButton>
    </div>
  )
}

interface CountProps {
  /** Whether anything is being read at all. */
  readonly isRead: boolean
  readonly state: VolumeListState
  readonly shown: number
  readonly isFiltered: boolean
}

function Count({ isRead, state, shown, isFiltered }: CountProps) {
  const { t, format } = useI18n()
  const total = state.phase === 'listing' ? Math.max(state.total, state.rows.size) : state.rows.size
  if (state.rows.size === 0 && !isRead) return null
  if (state.phase === 'listing' && state.rows.size === 0) return <span className="sub">{t('storage.listing')}</span>
  return (
    <span className="num storage-count">
      {isFiltered
        ? t('storage.shown-of', { shown: format.number(shown), total: format.number(total) })
        : t('storage.volumes-count', { count: total, shown: format.number(total) })}
      {state.phase === 'reading' && state.waiting > 0 && (
        <span className="sub"> · {t('storage.waiting', { count: state.waiting, shown: format.number(state.waiting) })}</span>
      )}
      {state.phase === 'complete' && state.unread > 0 && (
        <span className="warn-text"> · {t('storage.unread', { count: state.unread, shown: format.number(state.unread) })}</span>
      )}
      {state.gone.size > 0 && (
        <span className="warn-text"> · {t('storage.gone', { count: state.gone.size, shown: format.number(state.gone.size) })}</span>
      )}
    </span>
  )
}
