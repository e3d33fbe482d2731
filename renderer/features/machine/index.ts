import type { FeatureDescriptor } from '../../lib/feature.ts'
import { MachinePage } from './machine-page.tsx'

export const machineFeature: FeatureDescriptor = {
  id: 'machine',
  path: '/machines/:machineId',
  title: 'machine.title',
  permission: 'inventory.read',
  layout: 'page',
  component: MachinePage,
}
