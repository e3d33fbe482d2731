import './events.css'
import { Button } from '@patternfly/react-core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import type { EventRecord } from '../../../shared/model/index.ts'
import { compileQuery, EVENT_FIELDS, type InventoryContext, parseQuery, type QueryError } from '../../../shared/query/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { type Live, useLive } from '../../lib/live/index.ts'
import { useDebounced } from '../../lib/time/use-debounced.ts'
import { EmptyState, NotRead, Skeleton, useLate } from '../../ui/index.ts'
import { QueryBox, queryErrorText } from '../fleet/index.ts'
import { downloadText, eventsCsv, eventsJson } from './event-export.ts'
import { EventObject, SeverityMark } from './event-table.tsx'
import { eventOrigin, eventText } from './event-words.ts'
import { useEvents } from './use-events.ts'
import { useSlashFocus } from './use-slash-focus.ts'

const ROW = 28
const PAGE = 200

export interface EventsPanelProps {
  /** Of this machine, host or connection alone. */
  readonly machineId?: string
  readonly hostId?: string
}

interface Compiled {
  readonly error: QueryError | null
  readonly matches: (event: EventRecord) => boolean
}

/** What the stream brings is judged here by the same language that the engine judges the log with. */
function compile(text: string, live: Live): Compiled {
  if (text.trim() === '') return { error: null, matches: () => true }
  const parsed = parseQuery(text, EVENT_FIELDS)
  if (!parsed.ok) return { error: parsed.error, matches: () => false }
  const predicate = compileQuery(parsed.ast, EVENT_FIELDS)
  const { store } = live
  return {
    error: null,
    matches: (event) => {
      const context: InventoryContext = {
        nowMs: Date.now(),
        host: (id) => store.get('host', id),
        connection: (id) => store.get('connection', id),
        network: (id) => store.get('network', id),
      }
      return predicate(event, context)
    },
  }
}

/** The event log with its query: live at the top, older ones on demand, downloaded as shown. */
export function EventsPanel({ machineId, hostId }: EventsPanelProps) {
  const i18n = useI18n()
  const { t, format } = i18n
  const live = useLive()
  const [text, setText] = useState('')
  const asked = useDebounced(text, 200)
  const input = useRef<HTMLInputElement>(null)
  useSlashFocus(input)
  const scroll = useRef<HTMLDivElement>(null)
  const compiled = useMemo(() => compile(asked, live), [asked, live])
  const matches = useMemo(
    () => (event: EventRecord) =>
      (machineId === undefined || event.machineId === machineId) &&
      (hostId === undefined || event.hostId === hostId) &&
      compiled.matches(event),
    [compiled, machineId, hostId],
  )
  const { events, pending, error, cursor, loadMore, loadingMore, retry } = useEvents(
    {
      query: compiled.error ? '' : asked,
      limit: PAGE,
      ...(machineId !== undefined && { machineId }),
      ...(hostId !== undefined && { hostId }),
    },
    matches,
  )
  const shown = compiled.error ? [] : events
  const late = useLate(pending)
  // oxlint-disable-next-line react/incompatible-library -- it renders by itself when it scrolls
  const rows = useVirtualizer({ count: shown.length, getScrollElement: () => scroll.current, estimateSize: () => ROW, overscan: 12 })
  const single = machineId !== undefined
  return (
    <div className="events">
      <div className="query-row">
        <QueryBox
          fields={EVENT_FIELDS}
          label={t('events.query')}
          placeholder={t('events.query-placeholder')}
          text={text}
          error={compiled.error}
          count={pending ? '' : t(cursor === null ? 'events.count' : 'events.count-more', { count: shown.length })}
          valuesOf={() => []}
          inputRef={input}
          onChange={setText}
          onLeave={() => scroll.current?.focus()}
        />
        <Button
          variant="secondary"
          isDisabled={shown.length === 0}
          onClick={() => downloadText('events.csv', 'text/csv', eventsCsv(shown, i18n))}
        >
          {t('events.csv')}
        </Button>
        <Button
          variant="secondary"
          isDisabled={shown.length === 0}
          onClick={() => downloadText('events.json', 'application/json', eventsJson(shown))}
        >
          {t('events.json')}
        </Button>
      </div>
      {error ? (
        <NotRead title={t('events.failed')} error={error} onAgain={retry} />
      ) : compiled.error ? (
        <EmptyState title={t('fleet.query-wrong')}>
          <p>{queryErrorText(compiled.error, i18n)}</p>
        </EmptyState>
      ) : pending ? (
        late && (
          <div className="rows-waiting">
            <Skeleton width={420} />
            <Skeleton width={500} />
            <Skeleton width={380} />
          </div>
        )
      ) : shown.length === 0 ? (
        <EmptyState title={t(asked.trim() === '' ? 'events.empty' : 'events.no-match')}>
          <p>{t('events.empty-text')}</p>
        </EmptyState>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long list has to be scrolled by keyboard, too
        <div className="event-scroll" ref={scroll} tabIndex={0} role="log" aria-label={t('events.title')} aria-live="off">
          <div className="event-rows" style={{ height: rows.getTotalSize() + (cursor === null ? 0 : 40) }}>
            {rows.getVirtualItems().map((item) => {
              const event = shown[item.index]
              if (!event) return null
              return (
                <div key={event.id} className={`event-row num ${event.severity}${single ? ' single' : ''}`} style={{ top: item.start }}>
                  <span className="sub" title={format.absolute(event.atMs)}>
                    {format.whenSeconds(event.atMs)}
                  </span>
                  <SeverityMark severity={event.severity} />
                  <span className="event-text ellipsis" title={eventText(event, i18n)}>
                    {eventText(event, i18n)}
                  </span>
                  {!single && (
                    <span className="ellipsis">
                      <EventObject event={event} />
                    </span>
                  )}
                  <span className="sub ellipsis">{eventOrigin(event, i18n)}</span>
                </div>
              )
            })}
            {cursor !== null && (
              <div className="event-more" style={{ top: rows.getTotalSize() }}>
                <Button variant="link" isInline isDisabled={loadingMore} onClick={loadMore}>
                  {t(loadingMore ? 'events.loading-more' : 'events.more')}
                </Button>
              </div>
            )}
          </div>
        </div>
      )}
    </div>
  )
}
