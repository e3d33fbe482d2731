import type { FeatureDescriptor } from '../../lib/feature.ts'
import { HostPage } from './host-page.tsx'

export const hostFeature: FeatureDescriptor = {
  id: 'host',
  path: '/hosts/:hostId',
  title: 'host.title',
  permission: 'inventory.read',
  layout: 'page',
  component: HostPage,
}
