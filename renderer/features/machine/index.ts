import type { FeatureDescriptor } from '../../lib/feature.ts'
import { lazyScreen } from '../../lib/lazy-screen.ts'

export const machineFeature: FeatureDescriptor = {
  id: 'machine',
  path: '/machines/:machineId',
  title: 'machine.title',
  permission: 'inventory.read',
  layout: 'page',
  component: lazyScreen(async () => (await import('./machine-page.tsx')).MachinePage),
}

export { MachineHead } from './machine-head.tsx'
export { MachineTabs } from './machine-tabs.tsx'
