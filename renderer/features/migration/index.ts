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
export { useMachineAt } from './live-where.ts'
export { RUNS } from './live-words.ts'
export { migrateCommand, migrateEntry, withMigrate } from './offers.ts'
export { usePlanNotices } from './plans/plan-notices.ts'
export { PlannedMoves } from './plans/planned-moves.tsx'
export { DiskRows } from './wizard/disk-rows.tsx'
export { Frame, type FrameStep } from './wizard/frame.tsx'
export { NicRows } from './wizard/nic-rows.tsx'
export { Rename, useDevices } from './wizard/places-step.tsx'
export { Findings } from './wizard/preflight-step.tsx'
export type { Looked } from './wizard/queries.ts'
export type { Solved } from './wizard/solved.ts'
export { StepHead } from './wizard/step-head.tsx'
export { type Counts, countsOf, findingWords } from './wizard/words.ts'
