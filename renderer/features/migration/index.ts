import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const migrateFeature: FeatureDescriptor = {
  id: 'migrate',
  path: '/migrate',
  title: 'migrate.title',
  permission: 'machine.migrate',
  layout: 'steps',
  component: lazyScreen(async () => (await import('./wizard/migrate-page.tsx')).MigratePage),
}

export { MoveBanner } from './live-banner.tsx'
export { MoveView } from './live-view.tsx'
export { migrateCommand, migrateEntry, withMigrate } from './offers.ts'
export { PlannedMoves } from './plans/planned-moves.tsx'
