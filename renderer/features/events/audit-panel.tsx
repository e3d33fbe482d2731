import { Button } from '@patternfly/react-core'
import { useState } from 'react'
import type { AuditRecord } from '../../../shared/model/index.ts'
import { toPageError, useApi, useApiQuery } from '../../lib/api/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { EmptyState, NotRead, StateIcon } from '../../ui/index.ts'

const PAGE = 200

/** Who did what, as sealed records, and whether the seals hold. */
export function AuditPanel() {
  const i18n = useI18n()
  const { t, format } = i18n
  const api = useApi()
  const list = useApiQuery('audit.list', { limit: PAGE }, (client, signal) => client.audit.list({ limit: PAGE }, { signal }), {
    staleMs: 0,
  })
  const [verify, setVerify] = useState(0)
  const verdict = useApiQuery('audit.verify', { verify }, (client, signal) => client.audit.verify({}, { signal }), { staleMs: 0 })
  const [older, setOlder] = useState<{ readonly items: readonly AuditRecord[]; readonly cursor: string | null } | null>(null)
  const [moreFailed, setMoreFailed] = useState<string | null>(null)
  const records = [...(list.data?.items ?? []), ...(older?.items ?? [])]
  const cursor = older ? older.cursor : (list.data?.cursor ?? null)

  async function more() {
    if (cursor === null) return
    try {
      const page = await api.audit.list({ limit: PAGE, cursor })
      setOlder({ items: [...(older?.items ?? []), ...page.items], cursor: page.cursor })
      setMoreFailed(null)
    } catch (thrown) {
      setMoreFailed(i18n.error(toPageError(thrown)))
    }
  }

  if (list.error) {
    return <NotRead title={t('audit.failed')} error={list.error} onAgain={() => void list.refetch()} />
  }
  return (
    <div className="audit">
      <div className="audit-bar" role="status">
        {verdict.data ? (
          verdict.data.ok ? (
            <>
              <StateIcon shape="running" /> {t('audit.ok', { count: verdict.data.records })}
            </>
          ) : (
            <span className="bad-text state-cell">
              <StateIcon shape="failed" /> {t('audit.broken', { seq: verdict.data.brokenAtSeq ?? 0, reason: verdict.data.reason ?? '' })}
            </span>
          )
        ) : verdict.error ? (
          <span className="bad-text">{i18n.error(verdict.error)}</span>
        ) : (
          <span className="sub">{t('audit.verifying')}</span>
        )}
        <span className="grow" />
        <Button
          variant="secondary"
          size="sm"
          onClick={() => {
            setVerify(verify + 1)
            setOlder(null)
            void list.refetch()
          }}
        >
          {t('audit.verify')}
        </Button>
      </div>
      {records.length === 0 ? (
        !list.isPending && (
          <EmptyState title={t('audit.empty')}>
            <p>{t('audit.empty-text')}</p>
          </EmptyState>
        )
      ) : (
        <div className="audit-scroll">
          <table className="plain-table audit-table num">
            <thead>
              <tr>
                <th scope="col" className="end">
                  {t('audit.seq')}
                </th>
                <th scope="col">{t('audit.time')}</th>
                <th scope="col">{t('query.field.actor')}</th>
                <th scope="col">{t('query.field.origin')}</th>
                <th scope="col">{t('audit.method')}</th>
                <th scope="col">{t('audit.input')}</th>
                <th scope="col">{t('audit.outcome')}</th>
              </tr>
            </thead>
            <tbody>
              {records.map((record) => (
                <tr key={record.seq} title={record.hash}>
                  <td className="end sub">{record.seq}</td>
                  <td className="sub" title={format.absolute(record.atMs)}>
                    {format.whenSeconds(record.atMs)}
                  </td>
                  <td className="ellipsis">{record.actor}</td>
                  <td className="sub ellipsis">{record.origin}</td>
                  <td className="mono small">{record.method}</td>
                  <td className="mono small ellipsis" title={JSON.stringify(record.input)}>
                    {JSON.stringify(record.input)}
                  </td>
                  <td className={record.outcome === 'ok' ? 'sub' : 'bad-text'}>
                    {t(`audit.outcome.${record.outcome}`)}
                    {record.errorCode && <span className="mono small"> {record.errorCode}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {(cursor !== null || moreFailed) && (
            <p className="audit-more">
              {moreFailed && <span className="bad-text">{moreFailed} </span>}
              <Button variant="link" isInline onClick={() => void more()}>
                {t('events.more')}
              </Button>
            </p>
          )}
        </div>
      )}
    </div>
  )
}
