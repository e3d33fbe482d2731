import type { UseQueryResult } from '@tanstack/react-query'
import { useCallback } from 'react'
import { Link } from 'react-router'
import type { AppError } from '../../../shared/errors/index.ts'
import type { EventRecord, Machine, MachineDetail } from '../../../shared/model/index.ts'
import { useI18n } from '../../lib/i18n/index.ts'
import { useMachineScene } from '../../lib/live/index.ts'
import { Panel } from '../../ui/index.ts'
import { CloudFactsPanels, TagsPanel } from '../cloud-machine/index.ts'
import { EventList, useEvents } from '../events/index.ts'
import { MachineFacts } from './machine-facts.tsx'
import { MetadataPanel } from './metadata-panel.tsx'
import { MetricCharts } from './metric-charts.tsx'

const RECENT = 6

export interface OverviewProps {
  readonly machine: Machine
  readonly detail: UseQueryResult<MachineDetail, AppError>
  readonly gone: boolean
}

export function Overview({ machine, detail, gone }: OverviewProps) {
  const i18n = useI18n()
  const { t } = i18n
  const { freshness } = useMachineScene(machine.id)
  const matches = useCallback((event: EventRecord) => event.machineId === machine.id, [machine.id])
  const recent = useEvents({ machineId: machine.id, limit: 50 }, matches)
  return (
    <div className="overview">
      <div className="overview-main">
        <MetricCharts machine={machine} events={recent.events} stale={gone || freshness.state !== 'live'} />
        <div className="overview-foot">
          <Panel title={t('machine.recent-events')} side={<Link to="?tab=events">{t('machine.all-events')}</Link>}>
            {recent.error ? (
              <p className="bad-text">{i18n.error(recent.error)}</p>
            ) : recent.events.length > 0 ? (
              <EventList events={recent.events.slice(0, RECENT)} />
            ) : (
              !recent.pending && <p className="sub">{t('machine.no-events')}</p>
            )}
          </Panel>
          {machine.cloud ? <TagsPanel machine={machine} gone={gone} /> : <MetadataPanel machine={machine} gone={gone} />}
        </div>
      </div>
      <aside className="overview-side" aria-label={t('machine.facts')}>
        {machine.cloud ? (
          <CloudFactsPanels machine={machine} cloud={machine.cloud} gone={gone} />
        ) : (
          <MachineFacts machine={machine} detail={detail} gone={gone} />
        )}
      </aside>
    </div>
  )
}
