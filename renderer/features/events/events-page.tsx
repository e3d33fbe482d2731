import './events.css'
import { Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { useSearchParams } from 'react-router'
import { useT } from '../../lib/i18n/index.ts'
import { usePermissions } from '../../lib/session/index.ts'
import { EmptyState, PageHead } from '../../ui/index.ts'
import { AuditPanel } from './audit-panel.tsx'
import { EventsPanel } from './events-panel.tsx'

/** What happened, and who did what. */
export function EventsPage() {
  const t = useT()
  const may = usePermissions()
  const [search, setSearch] = useSearchParams()
  const tab = search.get('tab') === 'audit' ? 'audit' : 'events'
  return (
    <>
      <PageHead
        title={t('events.title')}
        tabs={
          <Tabs
            activeKey={tab}
            aria-label={t('events.title')}
            onSelect={(_event, key) => setSearch(key === 'audit' ? { tab: 'audit' } : {}, { replace: true })}
          >
            <Tab eventKey="events" tabContentId="panel-events" title={<TabTitleText>{t('events.tab.events')}</TabTitleText>} />
            <Tab eventKey="audit" tabContentId="panel-audit" title={<TabTitleText>{t('events.tab.audit')}</TabTitleText>} />
          </Tabs>
        }
      />
      <section id={`panel-${tab}`} role="tabpanel" aria-label={t(`events.tab.${tab}`)} className="page-body tab-panel">
        {tab === 'events' ? (
          <EventsPanel />
        ) : may('audit.read') ? (
          <AuditPanel />
        ) : (
          <EmptyState title={t('route.forbidden.title')}>
            <p>{t('route.forbidden.text', { permission: 'audit.read' })}</p>
          </EmptyState>
        )}
      </section>
    </>
  )
}
