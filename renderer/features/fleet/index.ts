import type { FeatureDescriptor } from '../../lib/feature.ts'
import { FleetPage } from './fleet-page.tsx'

export const fleetFeature: FeatureDescriptor = {
  id: 'fleet',
  path: '/fleet',
  title: 'fleet.title',
  nav: { order: 10 },
  permission: 'inventory.read',
  layout: 'page',
  component: FleetPage,
}

export { type GridAction, gridKey } from './grid-keys.ts'
export { QueryBox, type QueryBoxProps, queryErrorText } from './query-box.tsx'
export { valuesIn } from './query-values.ts'
