import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const snapshotsFeature: FeatureDescriptor = {
  id: 'snapshot-schedules',
  path: '/snapshot-schedules',
  title: 'schedules.title',
  permission: 'inventory.read',
  layout: 'page',
  component: lazyScreen(async () => (await import('./schedules/schedules-page.tsx')).SchedulesPage),
}

export { SnapshotsTab } from './snapshots-tab.tsx'
